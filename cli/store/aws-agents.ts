// The connections to AWS.
import http from "node:http";

/** Of an import, whose users are each a handful of calls: no call waits for another's connection. */
const maxSockets = 128;

/**
 * For an SDK client's `requestHandler`. The SDK makes agents of its own, to which Node does not tell the proxy that
 * NODE_USE_ENV_PROXY is about (HTTPS_PROXY, NO_PROXY), as it does its own.
 */
export function awsAgents() {
  const { proxyEnv } = (http.globalAgent as unknown as OptionsOfAgent).options;
  const options = { maxSockets, proxyEnv };
  return { httpsAgent: options, httpAgent: options };
}

/** Which Node's types of HTTP's agent lack. */
interface OptionsOfAgent {
  readonly options: Pick<http.AgentOptions, "proxyEnv">;
}
