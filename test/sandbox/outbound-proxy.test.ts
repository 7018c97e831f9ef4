// The proxy as programs use it: it leads to the sandbox's hosts, by their own names, and to nothing else.
import { execFile } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { runSandbox } from "../cli/running-sandbox.ts";

const sandbox = runSandbox({ connections: [] });
let picture: string;
beforeAll(() => {
  const { bucketName, pictureBaseUrl } = sandbox.store;
  sandbox.edge.controlPlane.putObject(bucketName, "d/a.png", Buffer.from("bytes"), { contentType: "image/png" });
  picture = `${pictureBaseUrl}d/a.png`;
});

const proxy = () => new URL(sandbox.environment["HTTPS_PROXY"] ?? "");

/** What it answers to a first line, until it ends or has opened a tunnel. */
async function answerTo(line: string): Promise<string> {
  const socket = connect(Number(proxy().port), proxy().hostname);
  socket.setEncoding("utf8").write(`${line}\r\nhost: a\r\n\r\n`);
  const [answer] = (await once(socket, "data")) as [string];
  socket.destroy();
  return answer.split("\r\n", 1)[0] ?? "";
}

const curl = async (...args: string[]) => {
  const env = { PATH: process.env["PATH"], HTTPS_PROXY: proxy().href, http_proxy: proxy().href };
  const given = ["-sS", "--cacert", sandbox.certificate.caFile, ...args];
  return (await promisify(execFile)("curl", given, { env })).stdout;
};

describe("the proxy", () => {
  it("leads curl to a picture, which its own name's certificate is for", async () => {
    expect(await curl(picture)).toBe("bytes");
    expect(await curl("-o", "/dev/null", "-w", "%{http_code} %{redirect_url}", picture.replace("https", "http"))).toBe(
      `301 ${picture}`,
    );
  });

  it("leads to the tenant, at its port", async () => {
    expect(await answerTo(`CONNECT ${sandbox.tenant.domain} HTTP/1.1`)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it.each([
    "example.org:443",
    "cloudfront.net:443",
    "d111111abcdef8.cloudfront.net.example.org:443",
    "d111111abcdef8.cloudfront.net:22",
    "127.0.0.1:443",
    "169.254.169.254:80",
    "localhost:1",
    "[::1]:443",
    "s3.eu-west-1.amazonaws.com:443",
    "",
    "a b:443",
    "localhost:99999",
    "user@example.org:443",
  ])("refuses %j", async (target) => {
    expect(await answerTo(`CONNECT ${target} HTTP/1.1`)).toMatch(/^HTTP\/1\.1 40[03] /);
    expect(await answerTo(`GET http://${target}/ HTTP/1.1`)).toMatch(/^HTTP\/1\.1 40[03] /);
  });

  it("refuses what is no URL of a host, and goes on", async () => {
    for (const target of ["/", "*", "ftp://example.org/", picture])
      expect(await answerTo(`GET ${target} HTTP/1.1`)).toMatch(/^HTTP\/1\.1 403 /);
    await expect(curl("https://example.org/")).rejects.toMatchObject({
      stderr: expect.stringContaining("403") as string,
    });
    expect(await curl(picture)).toBe("bytes");
  });
});
