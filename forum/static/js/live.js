// One connection to one namespace, loaded after the page can be read. Nothing here is needed to read or to post.

// Resolves to the socket, or to null where the client cannot be loaded.
export async function connect(namespace) {
  try {
    const { io } = await import("../vendor/socket.io.esm.min.js");
    return io(namespace, {
      transports: ["websocket"],
      reconnectionDelay: 1000, reconnectionDelayMax: 30000, randomizationFactor: 0.5,
    });
  } catch {
    return null;
  }
}

// Sends an event and resolves to its answer; no answer in time counts as not sent.
export function ask(socket, event, payload, timeout = 10000) {
  return new Promise((resolve, reject) => {
    if (!socket?.connected) { reject(new Error("not connected")); return; }
    socket.timeout(timeout).emit(event, payload, (error, answer) => (error ? reject(error) : resolve(answer)));
  });
}

export const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

// 1, 2, 4 … 30 seconds, and up to half of that again: browsers that lost the line together don't return together.
export const backoff = (attempt) => Math.min(30000, 1000 * 2 ** attempt) * (1 + Math.random() / 2);

export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
}
