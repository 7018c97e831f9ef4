// The sandbox's certificate: for which hosts it is, who trusts it, and when it is replaced.
import { X509Certificate, createPrivateKey } from "node:crypto";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { obtainCertificate } from "../../../sandbox/tenant/certificate.ts";

const hosts = ["localhost", "127.0.0.1", "*.cloudfront.net"];
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "certificate-test-"));
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(folder, { recursive: true });
});

test("a client that has the authority reaches every host, and no other", async () => {
  const { key, cert, ca } = await obtainCertificate(folder, hosts);
  const server = createServer({ key, cert });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const handshake = (servername: string, trusted?: string) =>
    new Promise((resolve) => {
      const authority = trusted === undefined ? {} : { ca: trusted };
      const socket = connect({ host: "127.0.0.1", port, servername, ...authority }, () => {
        socket.destroy();
        resolve("trusted");
      });
      socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code));
    });
  try {
    expect(await handshake("localhost", ca)).toBe("trusted");
    expect(await handshake("d123.cloudfront.net", ca)).toBe("trusted");
    expect(await handshake("", ca)).toBe("trusted"); // By its address: an IP address is no server name.
    expect(await handshake("evil.example", ca)).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
    expect(await handshake("localhost")).toMatch(/VERIFY|CERT/);
  } finally {
    server.close();
  }
});

test("only the key is private, the authority's key is not stored, and caFile has the authority", async () => {
  const { ca, cert, caFile } = await obtainCertificate(folder, hosts);
  expect((await stat(join(folder, "server-key.pem"))).mode & 0o777).toBe(0o600);
  expect(await readFile(caFile, "utf8")).toBe(ca);
  expect(new X509Certificate(ca).ca).toBe(true);
  expect(new X509Certificate(cert).ca).toBe(false);
  expect(new X509Certificate(cert).verify(new X509Certificate(ca).publicKey)).toBe(true);
});

test("is reused while it covers the hosts", async () => {
  const first = await obtainCertificate(folder, hosts);
  expect(await obtainCertificate(folder, ["localhost"])).toEqual(first);
  expect(await obtainCertificate(folder, hosts)).toEqual(first);
  const second = await obtainCertificate(folder, [...hosts, "other.localhost"]);
  expect(second.cert).not.toBe(first.cert);
});

test("is replaced when it is about to expire", async () => {
  const first = await obtainCertificate(folder, hosts);
  const expiry = new X509Certificate(first.cert).validToDate.getTime();
  vi.useFakeTimers({ toFake: ["Date"], now: expiry - 8 * 86_400_000 });
  expect((await obtainCertificate(folder, hosts)).cert).toBe(first.cert);
  vi.setSystemTime(expiry - 6 * 86_400_000);
  expect((await obtainCertificate(folder, hosts)).cert).not.toBe(first.cert);
});

test("is replaced if its files are incomplete or do not belong together", async () => {
  const first = await obtainCertificate(folder, hosts);
  const other = await obtainCertificate(join(folder, "other"), hosts);
  for (const [name, content] of [
    ["server.pem", first.cert.slice(0, 100)],
    ["server-key.pem", other.key],
    ["ca.pem", other.ca],
  ] as const) {
    await writeFile(join(folder, name), content);
    const mended = await obtainCertificate(folder, hosts);
    expect(await obtainCertificate(folder, hosts)).toEqual(mended);
    expect(new X509Certificate(mended.cert).checkPrivateKey(createPrivateKey(mended.key))).toBe(true);
    expect(new X509Certificate(mended.cert).verify(new X509Certificate(mended.ca).publicKey)).toBe(true);
  }
});
