// A live room, for those in it and for those who hold it. The server renders every part; this puts the parts in place,
// keeps the ring of the running share, and saves the reload a form would need.
import { announce } from "./app.js";
import { bell } from "./bell.js";
import { Composer } from "./composer.js";
import { element, fragment } from "./fragment.js";
import { ask, connect } from "./live.js";

const $ = (selector, from = document) => from.querySelector(selector);
const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];
const root = $("[data-meeting]"), data = root?.dataset ?? {}, line = $("[data-conn]"), form = $("[data-composer]");
const isDesk = "desk" in data, me = data.me, token = $("input[name=csrf_token]")?.value ?? "";
const lines = $("[data-lines]"), chat = $("[data-chat]");
let socket = null, composer = null, rev = Number(data.rev), act = Number(data.act), seq = Number(data.seq), turn = data.turn, joining = null, asked = Promise.resolve();
let thread = "", endsAt = data.seconds === "" ? 0 : Date.now() + Number(data.seconds) * 1000, share = Number(data.share), speaking = false, nudged = "";

const say = (key, n, m) => data[key].replace("{n}", n).replace("{m}", m);
const ready = (part) => { $$('input[name="csrf_token"]', part).forEach((field) => { field.value = token; }); return part; };

// ── the running share ────────────────────────────────────────────────────────────────────────────────────────────

// Dots go out one by one and nothing jumps; the words change once a minute.
function drawRing() {
  const ring = $("[data-timer]");
  if (!ring || !endsAt || data.status === "paused") return;
  const left = Math.max(0, (endsAt - Date.now()) / 1000), dots = $$(".tick", ring), lit = Math.min(12, Math.ceil((12 * left) / share));
  dots.forEach((dot, place) => { const on = place >= dots.length - lit; dot.classList.toggle("left", on); dot.setAttribute("r", on ? 3.1 : 2); });
  $("[data-minutes]", ring).textContent = say("sayMin", Math.ceil(left / 60));
  if ((!speaking && !isDesk) || left > 60) return;
  const word = left > 0 ? "sayNearly" : "sayOver";
  if (nudged === turn + word) return;
  nudged = turn + word;
  ring(left > 0 ? [660] : [660, 550]);
  if (speaking) tell(data[word]);
}

// Off until asked for, and only for this visit.
function ring(pitches) {
  if ($("[data-bell]")?.checked) bell(pitches);
}

function tell(text) {
  if (!text) return;
  const place = $("[data-told]"), note = document.createElement("p");
  announce(text);
  if (!place) return;
  note.className = "aside-line";
  note.textContent = text;
  place.replaceChildren(note);
}

// ── the room's state ─────────────────────────────────────────────────────────────────────────────────────────────

function show(state) {
  if (state.session !== data.meeting || state.rev < rev) return;
  rev = state.rev;
  data.status = state.status;
  if (state.status === "closed") { finished(); return; }
  $("[data-stage]").replaceChildren(fragment(state.html.stage));
  $("[data-queue]").replaceChildren(ready(fragment(state.html.queue)));
  $("[data-circle-box]").replaceChildren(fragment(state.html.circle));
  $("[data-agenda]").replaceChildren(fragment(state.html.agenda));
  $("[data-here]").textContent = $("[data-here]").textContent.replace(/\d+/, state.attendees);
  endsAt = state.seconds_left === null ? 0 : Date.now() + state.seconds_left * 1000;
  share = state.share_seconds;
  const now = String(state.turn ?? "");
  if (now !== turn) { turn = now; putAway(); }
  if (state.act > act) { act = state.act; if (state.html.said) chat.prepend(element(state.html.said)); }
  if (isDesk) showDesk(state); else showMine(state);
  drawRing();
}

// The desk's own parts: which way the room is held now, and whom there is to choose from.
let counted = -1, asking = 0;
function showDesk(state) {
  $("[data-status-tag]").textContent = state.status;
  const on = { n: state.step, seconds: state.slow_seconds, mode: [state.mode, `call_${state.calling}`] };
  $$("[data-event] [aria-pressed]").forEach((button) => {
    const field = $("input[name=n], input[name=seconds], input[name=mode]", button.form), is = [on[field.name]].flat().map(String).includes(field.value);
    button.setAttribute("aria-pressed", String(is));
    button.classList.toggle("quiet", !is);
  });
  if (state.attendees === counted || asking) return;
  counted = state.attendees;
  asking = setTimeout(async () => {
    asking = 0;
    const answer = await ask(socket, "meeting:people", {}).catch(() => null), list = $("[data-people]"), kept = list?.value;
    if (!answer?.ok || !list) return;
    list.replaceChildren(fragment(answer.html));
    if ([...list.options].some((one) => one.value === kept)) list.value = kept;
  }, 1000);
}

// A share that is over moves to the notes, where it can still be read.
function putAway() {
  $$("li[data-turn]", lines).forEach((li) => { if (li.dataset.turn !== turn) chat.prepend(li); });
  $$(".react[aria-pressed=true]").forEach((button) => button.setAttribute("aria-pressed", "false"));
  $$("[data-n]").forEach((n) => { n.textContent = ""; });
}

function showMine(state) {
  const own = $(`[data-queue] [data-member="${CSS.escape(me)}"]`), place = state.queue.find((one) => one.member === me);
  const was = speaking;
  speaking = state.speaker?.member === me;
  if (own) { own.classList.add("you"); $("b, span:not(.n):not(.end)", own).textContent = data.sayYou; }
  const hand = $("[data-hand]"), up = Boolean(place) || speaking;
  hand.setAttribute("aria-pressed", String(up));
  hand.value = up ? "no" : "yes";
  hand.classList.toggle("quiet", up);
  $("span", hand).textContent = speaking ? data.sayPass : up ? data.sayDown : data.sayUp;
  $("[data-done-form]").hidden = !speaking;
  $("[data-mysay]").textContent = speaking ? data.sayTurn : place?.position === 1 ? data.sayNext : place ? say("sayPlace", place.position, place.wait_minutes) : data.sayListening;
  $("[data-nods]").hidden = !state.speaker || speaking;
  nods({ turn: state.turn, nods: state.nods });
  $(".mbar").classList.toggle("speaking", speaking);
  if (state.speaker) $("[data-shut]").textContent = data.sayShut;
  mayWrite(state.status !== "paused" && (speaking || state.notes_open));
  if (speaking && !was) { announce(data.sayTurn); ring(); composer?.box.focus(); }
  if (place?.position === 1 && !speaking) announce(data.sayNext);
}

// The box stays as long as there are words in it: nothing typed ever disappears.
function mayWrite(open) {
  const hasWords = form.elements.body.value.trim() !== "";
  const slot = $(speaking ? "[data-speak-slot]" : "[data-note-slot]");
  if (form.parentElement !== slot) slot.append(form);
  form.hidden = !open && !hasWords;
  $("button[type=submit]", form).disabled = !open;
  $("[data-shut]").hidden = open;
  $("[data-box-label]").textContent = speaking ? data.sayShare : data.sayNote;
}

function nods({ turn: of, nods: counts }) {
  if (String(of ?? "") !== turn) return;
  $$("[data-nods] .react").forEach((button) => { $("[data-n]", button).textContent = counts[button.value] || ""; });
}

function finished() {
  announce(data.sayFinished);
  setTimeout(() => location.reload(), 1500);
}

// ── what is said ─────────────────────────────────────────────────────────────────────────────────────────────────

const postOf = (id) => root.querySelector(`[data-post="${CSS.escape(id)}"]`);

function place(node, isOwn = false) {
  const old = postOf(node.dataset.post);
  if (isOwn) node.dataset.mine = "";
  if (old && "mine" in old.dataset && !isOwn) return; // the answer to our own sending was more complete
  if (old) { old.replaceWith(node); return; }
  if (node.dataset.turn && node.dataset.turn === turn) lines.append(node); else chat.prepend(node);
  const choice = $("[data-line-choice]"), words = $(".says", node)?.textContent.trim();
  if (choice && words) choice.prepend(new Option(`${$(".who b", node).textContent}: ${words.slice(0, 60)}`, node.dataset.post));
}

function hear(event) {
  if (event.thread !== thread || event.seq <= seq) return;
  if (event.kind === "ask") { askOwn(event); return; }
  if (event.seq > seq + 1) { join(); return; } // a gap: ask for all of it
  seq = event.seq;
  apply(event);
}

// A line that comes without its words, because we keep away from somebody: ask for what is ours. One question at a time.
function askOwn(event) {
  asked = asked.then(async () => {
    if (event.seq <= seq) return;
    const answer = await ask(socket, "thread:join", { thread, after: seq }).catch(() => null);
    if (!answer?.ok || answer.resync) { await join(); return; }
    take(answer);
  });
}

function take({ events = [], seq: newest = 0 }) {
  events.forEach((event) => { if (event.seq > seq) { seq = event.seq; apply(event); } });
  seq = Math.max(seq, newest);
}

function apply(event) {
  if (event.kind === "react" || event.kind === "close") return;
  const node = event.html ? element(event.html, { token, isMember: true }) : null;
  if (node) place(node); else postOf(event.post)?.remove();
}

function posted({ post, support }) {
  if (post) { place(element(post.html, { token, isMember: true }), true); if (post.seq === seq + 1) seq = post.seq; }
  if (!support) { composer.box.focus(); return; }
  const card = element(support.html, { token, isMember: true }), slot = $("[data-card-slot]");
  slot.replaceChildren(card);
  const heading = $("[tabindex]", card) || card;
  heading.scrollIntoView({ block: "center" });
  heading.focus({ preventScroll: true });
  announce(heading.textContent.trim());
}

function returned({ post, body, message }) {
  postOf(post)?.remove();
  if (composer && !composer.box.value) composer.box.value = body;
  form.hidden = false;
  tell(message);
}

// ── the line ─────────────────────────────────────────────────────────────────────────────────────────────────────

// Coming in, coming back, and asking for what was missed are the same question. One at a time.
function join() {
  joining ??= (async () => {
    try {
      const answer = await ask(socket, "meeting:join", { session: data.meeting, after: seq, ...(isDesk ? { desk: true } : {}) });
      if (!answer.ok) { if (["closed", "forbidden", "not_found"].includes(answer.error.code)) location.reload(); return; }
      if (answer.resync) { location.reload(); return; }
      thread = answer.thread ?? "";
      if (form) form.dataset.composer = thread;
      rev = Math.min(rev, answer.state.rev);
      show(answer.state);
      take(answer);
    } catch { /* asked again at the next beat */ } finally { joining = null; }
  })();
  return joining;
}

async function beat() {
  if (!socket?.connected) return;
  const answer = await ask(socket, isDesk ? "meeting:heartbeat" : "meeting:here", {}).catch(() => null);
  if (answer?.ok && (answer.rev > rev || answer.seq > seq)) join();
}

// A form with data-event is sent as that event; hidden fields and the pressed button's value are its payload.
function payload(target) {
  const sent = {};
  $$("input[type=hidden]", target).forEach(({ name, value }) => {
    if (name !== "csrf_token") sent[name] = /^\d+$/.test(value) && ["n", "seconds"].includes(name) ? Number(value) : value;
  });
  return sent;
}

async function press(event) {
  const target = event.target.closest("[data-event], [data-hand-form], [data-done-form], [data-nod]");
  if (!target || !socket?.connected) return;
  event.preventDefault();
  const button = event.submitter;
  let name = target.dataset.event, sent = payload(target);
  if ("handForm" in target.dataset) name = $("[data-hand]").value === "yes" ? "meeting:raise_hand" : "meeting:lower_hand";
  if ("doneForm" in target.dataset) name = "meeting:done";
  if ("nod" in target.dataset) { name = "meeting:nod"; sent = { kind: button.value }; }
  const answer = await ask(socket, name, sent).catch(() => null);
  if (!answer?.ok) { tell(answer?.error?.message ?? line.dataset.lost); return; }
  if (name === "meeting:nod") button.setAttribute("aria-pressed", String(answer.on));
  if (answer.state) show(answer.state);
}

// "!" alone raises a hand, as people know it from elsewhere.
function shortHand(event) {
  if (form.elements.body.value.trim() !== "!" || !socket?.connected) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  form.elements.body.value = "";
  ask(socket, "meeting:raise_hand", {}).then((answer) => { if (answer.ok) show(answer.state); else tell(answer.error.message); }).catch(() => {});
}

function showLine(text) { line.hidden = !text; $("[data-conn-text]", line).textContent = text; }

async function start() {
  if (form) { form.addEventListener("submit", shortHand); composer = new Composer(form, () => socket, posted, () => {}); }
  document.addEventListener("submit", press);
  $("[data-bell]")?.addEventListener("change", () => ring());
  setInterval(drawRing, 5000);
  setInterval(beat, isDesk ? 15000 : 50000 + Math.random() * 10000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) beat(); });
  const opened = await connect("/live");
  if (!opened) return;
  let lost = 0;
  opened.on("connect", async () => { socket = opened; await joining; await join(); clearTimeout(lost); showLine(""); });
  opened.on("disconnect", () => { clearTimeout(lost); lost = setTimeout(() => { if (!opened.connected) showLine(line.dataset.lost); }, 3000); });
  opened.on("meeting:state", show);
  opened.on("meeting:nods", nods);
  opened.on("thread:event", hear);
  opened.on("thread:again", join);
  opened.on("meeting:told", ({ session, kind, message, html }) => {
    if (session !== data.meeting || isDesk) return;
    if (kind === "out") { location.reload(); return; }
    if (html) place(element(html, { token, isMember: true }));
    tell(message);
  });
  opened.on("meeting:returned", (news) => { if (news.session === data.meeting && form) returned(news); });
  opened.on("meeting:alert", ({ session, post, html }) => {
    const place = $("[data-alarms]");
    if (session !== data.meeting || !place || $(`[data-alarm="${CSS.escape(post)}"]`)) return;
    const note = element(html, { token, isMember: true });
    place.prepend(note);
    announce($("h2", note).textContent);
  });
  opened.on("meeting:asked", ({ session, question, html }) => {
    const place = $("[data-questions]");
    if (session !== data.meeting || !place) return;
    $(`[data-question="${CSS.escape(question)}"]`)?.remove();
    place.prepend(element(html, { token, isMember: true }));
    announce(data.sayAsked);
  });
  opened.on("session:ended", () => { opened.disconnect(); socket = null; showLine(data.sayEnded); });
}

if (root) { root.dataset.ready = ""; start(); }
