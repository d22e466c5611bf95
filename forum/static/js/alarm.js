// An emergency nobody has is said on top of every page of the desk, also in the middle of another case. The server draws
// it; this keeps it fresh, and holds the one connection of the page.
import { announce } from "./app.js";
import { bell } from "./bell.js";
import { fragment } from "./fragment.js";
import { connect } from "./live.js";

const POLL_MS = 15000;
const box = document.querySelector("[data-danger]"), sound = document.querySelector("[data-sound]");
let looking = 0;

// Resolves to the desk's socket, or to null.
export const desk = box ? connect("/mod") : Promise.resolve(null);

async function look() {
  const answer = await fetch("/mod/emergency", { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const fresh = fragment(await answer.text()), says = (node) => node.querySelector("p b")?.textContent ?? "";
  if (says(fresh) === says(box)) return;
  if (says(fresh)) announce(says(fresh));
  box.replaceChildren(...fresh.childNodes);
}

function soon() { clearTimeout(looking); looking = setTimeout(look, 200); }

// Off until asked for. The session keeps the wish, nothing is stored in the browser.
function ring() {
  if (sound ? sound.checked : "ring" in box.dataset) bell();
}

function wish() {
  const body = new URLSearchParams({ on: sound.checked ? "yes" : "", csrf_token: document.querySelector("input[name=csrf_token]")?.value ?? "" });
  fetch("/mod/emergency/sound", { method: "POST", body, headers: { Accept: "application/json" } }).catch(() => null);
  ring();
}

async function start() {
  if (sound) {
    sound.checked = "ring" in box.dataset;
    sound.addEventListener("change", wish);
  }
  const socket = await desk;
  setInterval(() => { if (!socket?.connected) look(); }, POLL_MS);
  if (!socket) return;
  socket.on("connect", soon);
  socket.on("case:opened", (fact) => { if (fact.lane === 0) ring(); });
  for (const name of ["opened", "changed", "leased", "released", "resolved"]) socket.on(`case:${name}`, (fact) => { if (fact.lane === 0 || box.childElementCount) soon(); });
  setInterval(() => { if (socket.connected) socket.emit("duty:heartbeat", {}); }, 60000);
}

if (box) start();
