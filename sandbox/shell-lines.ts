// Lines for a user to paste into a shell.

export const quoted = (value: string) => `'${value.replaceAll("'", `'\\''`)}'`;

export const exported = (name: string, value: string) => `export ${name}=${quoted(value)}`;

/**
 * On macOS, what makes programs in Go trust the sandbox's certificate: there they ask the keychain only. Elsewhere they
 * read SSL_CERT_FILE (Go's documentation of crypto/x509).
 */
export const trustInKeychain = (caFile: string) =>
  `security add-trusted-cert -r trustRoot -k ~/Library/Keychains/login.keychain-db ${quoted(caFile)}`;
