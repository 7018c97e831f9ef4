// Small pictures for tests: as real encoders wrote them, and headers that claim what a test needs.

/** All of 96 × 64 pixels, by several encoders' settings. */
export const encoded = {
  png: "iVBORw0KGgoAAAANSUhEUgAAAGAAAABACAIAAABqVuVZAAAAaUlEQVR42u3QIQEAMAgAsPOYWEoThwR4xBZhkdWP3VcgSJAgQYIECRKEIEGCBAkSJEgQggQJEiRIkCBBCBIkSJAgQYIECUKQIEGCBAkSJAhBggQJEiRIkCAECRIkSJAgQYIEIUiQIEH3DKmUAhVFTtpfAAAAAElFTkSuQmCC",
  "jpg, baseline":
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqmx5moq6T/wAALCABAAGABAREA/8QAFQABAQAAAAAAAAAAAAAAAAAAAAP/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/9oACAEBAAA/AJAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA//2Q==",
  "jpg, progressive":
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqmx5moq6T/wgALCABAAGABAREA/8QAFQABAQAAAAAAAAAAAAAAAAAAAAL/2gAIAQEAAAABgAAAAAAAAAAAAAAAH//EABQQAQAAAAAAAAAAAAAAAAAAAGD/2gAIAQEAAQUCQf/EABQQAQAAAAAAAAAAAAAAAAAAAGD/2gAIAQEABj8CQf/EABQQAQAAAAAAAAAAAAAAAAAAAGD/2gAIAQEAAT8hQf/aAAgBAQAAABD/AP8A/wD/AP8A/wD/AP8A/wD/AP8A/wD/xAAUEAEAAAAAAAAAAAAAAAAAAABg/9oACAEBAAE/EEH/2Q==",
  gif: "R0lGODdhYABAAIEAAFpj2AAAAAAAAAAAACwAAAAAYABAAEAIgAABCBxIsKDBgwgTKlzIsKHDhxAjSpxIsaLFixgzatzIsaPHjyBDihxJsqTJkyhTqlzJsqXLlzBjypxJs6bNmzhz6tzJs6fPn0CDCh1KtKjRo0iTKl3KtKnTp1CjSp1KtarVq1izat3KtavXr2DDih1LtqzZs2jTql3Ltq3bkwEBADs=",
  "webp, lossy":
    "UklGRk4AAABXRUJQVlA4IEIAAAAQBACdASpgAEAAPxGIv1msKSajoWgBgCIJaQAACzJpRauNsiRIkoIQAAD+y7f/4oea3sHcn56aRYy6ZcewgAAAAAA=",
  "webp, lossless": "UklGRiQAAABXRUJQVlA4TBcAAAAvX8APAAfQsWoVu/8BICH8ny9F9D/1BwA=",
  "webp, with transparency":
    "UklGRngAAABXRUJQVlA4WAoAAAAQAAAAXwAAPwAAQUxQSBAAAAABB1DAiAgACeH/fCmi/6k/VlA4IEIAAAAQBACdASpgAEAAPxGIv1msKSajoWgBgCIJaQAACzJpRauNsiRIkoIQAAD+y7f/4oea3sHcn56aRYy6ZcewgAAAAAA=",
} as const;

export const picture = (name: keyof typeof encoded) => Buffer.from(encoded[name], "base64");

/** A PNG that claims these dimensions, and has as good as no pixels; the text makes it another picture. */
export function pngHeader(width: number, height: number, text = ""): Buffer {
  const header = Buffer.from("89504e470d0a1a0a0000000d4948445200000000000000000806000000ffffffff", "hex");
  header.writeUInt32BE(width, 16);
  header.writeUInt32BE(height, 20);
  const [noPixels, end] = ["0000000049444154ffffffff", "0000000049454e44ae426082"];
  return Buffer.concat([header, Buffer.from(noPixels + end, "hex"), Buffer.from(text)]);
}

export const svg =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><script>alert(1)</script><circle cx="4" cy="4" r="4"/></svg>';
