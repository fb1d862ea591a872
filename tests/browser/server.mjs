// A static server as plain as a course's web space: dist/ in a folder, no special headers, nothing outside it.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const types = {
  ".html": "text/html; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".wasm": "application/wasm",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
};

export const dist = fileURLToPath(new URL("../../dist/", import.meta.url));

/** Serves a folder under `prefix`, with these headers besides; gives the base URL and `close`. Each request's path is pushed to
 * `requests`. */
export async function serve(folder = dist, prefix = "/course/kube/", headers = {}) {
  const requests = [];
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, "http://localhost").pathname);
    requests.push(path);
    const name = normalize(path.slice(prefix.length - 1));
    const file = join(folder, name.endsWith("/") ? `${name}index.html` : name);
    try {
      if (!path.startsWith(prefix) || !file.startsWith(folder)) throw new Error("outside");
      const body = await readFile(file);
      response.writeHead(200, { "Content-Type": types[extname(file)] ?? "application/octet-stream", ...headers });
      response.end(body);
    } catch {
      response.writeHead(404, { "Content-Type": "text/plain" });
      response.end("not found\n");
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${server.address().port}${prefix}`;
  return { url, requests, close: () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))) };
}
