// The XML that AWS's services answer.

export const wrap = (name: string, ...children: readonly string[]): string => `<${name}>${children.join("")}</${name}>`;

export const element = (name: string, text: string): string => `<${name}>${escapeXml(text)}</${name}>`;

export const escapeXml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
