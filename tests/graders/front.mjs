// What stands in front of a service on a real machine: one port that speaks TLS and passes requests on, and one that only
// sends to it.

import http from "node:http";
import https from "node:https";

/** Both listeners, for the service at `upstream`: their ports, and how to end them. */
export async function front(upstream, key, cert) {
  const secure = https.createServer({ key, cert }, (request, response) => {
    const { method, headers } = request;
    const inner = http.request(new URL(request.url, upstream), { method, headers });
    inner.on("error", (error) => response.destroy(error));
    inner.on("response", (answer) => {
      // Raw, because an object would join fields that occur twice.
      response.writeHead(answer.statusCode, answer.rawHeaders);
      answer.pipe(response);
    });
    request.pipe(inner);
  });
  const httpsPort = await listen(secure);
  const plain = http.createServer((request, response) => {
    response.writeHead(301, { location: `https://localhost:${httpsPort}${request.url}` });
    response.end();
  });
  const httpPort = await listen(plain);
  const end = () => [secure, plain].forEach((server) => server.close().closeAllConnections());
  return { httpPort, httpsPort, end };
}

async function listen(server) {
  await new Promise((resolve, reject) => server.on("error", reject).listen(0, "localhost", resolve));
  return server.address().port;
}
