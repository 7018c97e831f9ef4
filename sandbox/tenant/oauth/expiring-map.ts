// A map whose entries end after a time that is the same for all, so that what nobody fetches does not pile up.

export class ExpiringMap<Value> {
  readonly #entries = new Map<string, { value: Value; expiresAt: number }>();
  readonly #lifetimeMs: number;
  readonly #limit: number;

  /** @param limit how many entries are kept: one more makes the oldest end */
  constructor(lifetimeMs: number, limit = 10_000) {
    this.#lifetimeMs = lifetimeMs;
    this.#limit = limit;
  }

  /** The entry's time begins anew if it is there already. */
  set(key: string, value: Value): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, expiresAt: Date.now() + this.#lifetimeMs });
    // The oldest are the first, because all live for the same time.
    for (const [oldest, { expiresAt }] of this.#entries) {
      if (expiresAt > Date.now() && this.#entries.size <= this.#limit) break;
      this.#entries.delete(oldest);
    }
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    return entry && entry.expiresAt > Date.now() ? entry.value : undefined;
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }
}
