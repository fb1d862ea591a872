/**
 * A host page's line to the playground in a frame.
 *
 * The host posts `{ kubePlayground: 1 }` with a port, again and again until the page in the frame answers on it: all that is
 * said later goes through the port, so that nobody else hears or says anything. A frame that is loaded anew is greeted anew.
 */
export interface Connection {
  /** Whether requests are answered at once. */
  ready: boolean;
  /** Asks when the page is there. */
  ask(verb: string, given: unknown[]): Promise<unknown>;
  /** Nothing more is asked or heard. */
  close(): void;
}

interface Request {
  id: number;
  do: string;
  with: unknown[];
}

type Waiting = [request: Request, resolve: (result: unknown) => void, reject: (error: Error) => void];

/** What the page in the frame says. */
interface Said {
  /** The version it speaks: its first word. */
  welcome?: number;
  /** The request it answers. */
  id?: number;
  result?: unknown;
  error?: string;
  event?: string;
  detail?: unknown;
}

const VERSION = 1;
/** Milliseconds between two greetings, and how many there are at most: a page that has not come in a minute will not. */
const PAUSE = 250;
const MOST = 240;
const SILENT = "no playground answers";
const events = /^(ready|step|completed|failed|resize|command)$/;

/** `tell` also hears `shown`: there is something to see. */
export function connect(frame: HTMLIFrameElement, address: URL, tell: (event: string, detail?: unknown) => void): Connection {
  let port: MessagePort | undefined;
  let timer = 0;
  let last = 0;
  const waiting = new Map<number, Waiting>();
  // The page in a sandbox without `allow-same-origin` has an origin that cannot be named.
  const opaque = frame.hasAttribute("sandbox") && !frame.sandbox.contains("allow-same-origin");

  const fail = (why: string) => {
    clearInterval(timer);
    port?.close();
    port = undefined;
    self.ready = false;
    waiting.forEach(([, , reject]) => reject(Error(why)));
    waiting.clear();
  };

  const hear = (from: MessagePort, said: Said) => {
    if (said.welcome === VERSION && !port) {
      clearInterval(timer);
      port = from;
      tell("shown");
    } else if (from !== port) {
      from.close();
    } else if (said.id) {
      const [, resolve, reject] = waiting.get(said.id) ?? [];
      waiting.delete(said.id);
      if (said.error) reject?.(Error(said.error));
      else resolve?.(said.result);
    } else if (events.test(said.event ?? "")) {
      if (said.event === "ready") {
        self.ready = true;
        waiting.forEach(([request]) => from.postMessage(request));
      }
      tell(said.event as string, said.detail);
    }
  };

  const greet = () => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => hear(port1, data ?? {});
    frame.contentWindow?.postMessage({ kubePlayground: VERSION }, opaque ? "*" : address.origin, [port2]);
  };

  frame.onload = () => {
    // What the page before was asked and has not answered, nobody will.
    if (self.ready) fail("reloaded");
    clearInterval(timer);
    port = undefined;
    let left = MOST;
    timer = setInterval(() => {
      if (left--) return greet();
      fail(SILENT);
      tell("failed", SILENT);
    }, PAUSE);
    greet();
  };

  const self: Connection = {
    ready: false,
    ask: (verb, given) =>
      new Promise((resolve, reject) => {
        const request = { id: ++last, do: verb, with: given };
        if (self.ready) port?.postMessage(request);
        waiting.set(last, [request, resolve, reject]);
      }),
    close: () => fail("gone"),
  };
  return self;
}
