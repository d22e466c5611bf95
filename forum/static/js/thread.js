// A thread that stays up to date. Pages tell the truth without it: everything shown here was rendered by the server.
import { announce } from "./app.js";
import { Composer } from "./composer.js";
import { element } from "./fragment.js";
import { ask, connect } from "./live.js";

const $ = (selector, root = document) => root.querySelector(selector);
const root = $("[data-thread]"), list = $("[data-posts]"), pill = $("[data-newpill]"), line = $("[data-conn]");
const thread = root.dataset.thread, isMember = "signedIn" in root.dataset, hasLaterPage = "more" in root.dataset;
const form = $("[data-composer]");
const reader = { isMember, token: $("input[name=csrf_token]")?.value ?? "" };
const waiting = new Map(); // replies held behind the button: post id → element
let socket = null, seq = Number(root.dataset.latest), asking = null, composer = null;
let early = []; // events that came before one we miss

const postOf = (id) => list.querySelector(`[data-post="${CSS.escape(id)}"]`);
const count = (key, n) => root.dataset[n === 1 ? `${key}One` : `${key}Many`].replace("{n}", n);

// ── putting posts on the page ────────────────────────────────────────────────────────────────────────────────────

// In order of seq: an event may bring back a post from the middle. Your own held posts have no number and come last.
const rank = (li) => Number(li.dataset.seq) || Infinity;
function place(node) {
  const after = [...list.children].reverse().find((li) => rank(li) <= rank(node));
  if (after) after.after(node); else list.prepend(node);
  $("[data-nobody]")?.remove();
}

// Reading the end of the thread and not writing: a reply can appear without moving what somebody looks at.
function isAtEnd() {
  if (hasLaterPage || composer?.isWriting()) return false;
  return (list.lastElementChild ?? list).getBoundingClientRect().bottom <= innerHeight + 40;
}

function showPill() {
  pill.hidden = waiting.size === 0;
  $("button", pill).textContent = count("say", waiting.size);
}

function arrive(node) {
  if (isAtEnd()) place(node);
  else waiting.set(node.dataset.post, node);
  if (composer?.busy) return; // most likely our own words, back before their answer
  showPill();
  announce(count("said", Math.max(1, waiting.size)));
}

function release() {
  if (hasLaterPage) { location.assign(`/t/${thread}`); return; }
  const first = [...waiting.values()][0];
  waiting.forEach((node) => place(node));
  waiting.clear();
  showPill();
  const target = $("article", first) || first;
  target.scrollIntoView({ block: "center" });
  target.focus({ preventScroll: true });
}

// A fragment made for everybody knows neither your reactions nor that the post is yours.
function keepPersonal(old, fresh) {
  old.querySelectorAll(".react[aria-pressed=true]").forEach((b) => fresh.querySelector(`.react[value="${CSS.escape(b.value)}"]`)?.setAttribute("aria-pressed", "true"));
  if (!("mine" in old.dataset)) return;
  fresh.dataset.mine = "";
  const menu = $(".menu", old), theirs = $(".menu", fresh);
  if (theirs) { if (menu) theirs.replaceWith(menu); else theirs.remove(); }
  $("form[data-react]", fresh)?.remove();
  const card = $("[data-card-slot]", old), slot = $("[data-card-slot]", fresh);
  if (card && slot) slot.replaceWith(card);
}

function apply(event) {
  if (event.kind === "close") { $(".composer")?.setAttribute("hidden", ""); return; }
  const old = postOf(event.post), fresh = event.html ? element(event.html, reader) : null;
  if (waiting.has(event.post)) {
    if (fresh && event.kind !== "hide") waiting.set(event.post, fresh); else waiting.delete(event.post);
    showPill();
  } else if (old) {
    // The answer to our own sending was more complete; and only you may still read your own words after a hide.
    if ("mine" in old.dataset && event.kind === "post") return;
    if ("mine" in old.dataset && event.kind === "hide") { refresh(event.post); return; }
    if (!fresh) { old.remove(); return; }
    keepPersonal(old, fresh);
    old.replaceWith(fresh);
  } else if (fresh && (event.kind === "post" || event.kind === "restore")) {
    if (event.kind === "post") arrive(fresh); else if (!hasLaterPage) place(fresh);
  }
}

// ── keeping up ───────────────────────────────────────────────────────────────────────────────────────────────────

function receive(event) {
  if (event.thread !== thread || event.seq <= seq) return;
  // No words come with this one: what we may see of it depends on who we keep away from.
  if (event.kind === "ask") { catchUp().then(() => { if (event.seq > seq) catchUp(); }); return; }
  if (event.seq > seq + 1) { early.push(event); catchUp(); return; } // a gap: ask for all of it
  seq = event.seq;
  apply(event);
}

function accept({ events, latest, resync }) {
  if (resync) { refresh(); return; }
  events.forEach((event) => { if (event.seq > seq) { seq = event.seq; apply(event); } });
  seq = Math.max(seq, latest ?? 0); // numbers of posts that were never shown to others are skipped
  early.sort((a, b) => a.seq - b.seq).forEach((event) => { if (event.seq === seq + 1) { seq = event.seq; apply(event); } });
  early = early.filter((event) => event.seq > seq);
  if (early.length) setTimeout(catchUp, 500);
}

async function fetchEvents() {
  const answer = await fetch(`/t/${thread}/events?after=${seq}`, { headers: { Accept: "application/json" } });
  return answer.ok ? answer.json() : null;
}

async function joinThread() {
  const answer = await ask(socket, "thread:join", { thread, after: seq });
  return answer.ok ? { events: answer.events, latest: answer.seq, resync: answer.resync } : null;
}

// Asks for everything since the last number we have. One question at a time.
function catchUp() {
  asking ??= (async () => {
    try {
      const news = await (socket?.connected ? joinThread().catch(fetchEvents) : fetchEvents());
      if (news) accept(news);
      return Boolean(news);
    } catch { return false; } finally { asking = null; }
  })();
  return asking;
}

// Too far behind to replay, or news of your own post: take it from the page itself. The box is not touched.
async function refresh(only) {
  const page = await fetch(location.pathname + location.search), html = await page.text();
  const fresh = element(`<div>${html}</div>`, { ...reader, isMember: true });
  fresh?.querySelectorAll("[data-posts] > [data-post]").forEach((node) => {
    if (only && node.dataset.post !== only) return;
    const old = postOf(node.dataset.post);
    if (old) old.replaceWith(node); else if (!waiting.has(node.dataset.post)) arrive(node);
  });
  if (!only) seq = Math.max(seq, Number(fresh?.querySelector("[data-thread]")?.dataset.latest ?? 0));
}

// ── your own posts ───────────────────────────────────────────────────────────────────────────────────────────────

function showCard(html, own) {
  const slot = (own && $("[data-card-slot]", own)) || $("[data-card-slot][data-loose]");
  const card = element(html, { ...reader, isMember: true });
  slot.replaceChildren(card);
  const heading = $("[tabindex]", card) || card;
  heading.tabIndex = -1;
  heading.scrollIntoView({ block: "center" });
  heading.focus({ preventScroll: true });
  announce(heading.textContent.trim());
}

function posted({ post, support }) {
  let own = null;
  if (post) {
    own = element(post.html, { ...reader, isMember: true });
    own.dataset.mine = "";
    waiting.delete(post.id);
    const old = postOf(post.id);
    if (old) old.replaceWith(own); else place(own);
    if (post.seq === seq + 1) seq = post.seq;
  }
  showPill();
  if (support) { showCard(support.html, own); return; }
  const article = $("article", own);
  article.scrollIntoView({ block: "nearest" });
  article.focus({ preventScroll: true });
  announce(post.visibility === "held" ? form.dataset.saySafe : form.dataset.saySent);
}

// A moderator has decided on a post of yours while you are here.
function ownState({ post, visibility, explanation }) {
  const own = postOf(post), note = own && $("[data-held]", own);
  if (!own) return;
  if (!note) { refresh(post); return; }
  if (visibility === "live" || visibility === "limited") { note.remove(); $(".held", own)?.classList.remove("held"); announce(root.dataset.sayUp); return; }
  $("[data-held-title]", note).textContent = visibility === "hidden" ? root.dataset.sayDown : $("[data-held-title]", note).textContent;
  if (explanation) $("[data-held-text]", note).textContent = explanation;
  announce($("[data-held-title]", note).textContent);
}

async function react(event) {
  const target = event.target.closest("form[data-react]"), button = event.submitter;
  if (!target || !button || !socket?.connected) return;
  event.preventDefault();
  const turn = () => {
    const on = button.getAttribute("aria-pressed") !== "true", n = $("[data-n]", button);
    button.setAttribute("aria-pressed", String(on));
    n.textContent = String(Math.max(0, Number(n.textContent) + (on ? 1 : -1)) || "");
  };
  turn();
  const answer = await ask(socket, "post:react", { post: target.dataset.react, kind: button.value }).catch(() => null);
  if (!answer?.ok) { turn(); announce(answer?.error?.message ?? line.dataset.lost); }
}

// ── the line itself ──────────────────────────────────────────────────────────────────────────────────────────────

function showLine(text) { line.hidden = !text; $("[data-conn-text]").textContent = text; }
function showLive(on) { $("[data-live]").hidden = !on; }

async function start() {
  form && (form.dataset.composer = thread);
  composer = form && new Composer(form, () => socket, posted, showPill);
  $("button", pill).addEventListener("click", release);
  document.addEventListener("submit", react);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-answer]");
    if (!link || !composer) return;
    event.preventDefault();
    link.closest(".menu").open = false;
    composer.answer(link.dataset.answer, link.dataset.name);
  });
  setInterval(catchUp, 60000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) catchUp(); });
  addEventListener("offline", () => showLine(line.dataset.offline));
  addEventListener("online", () => showLine(""));

  const opened = await connect("/live");
  if (!opened) return;
  let lost = 0;
  opened.on("connect", async () => {
    socket = opened;
    await asking; // a question by page may be under way; joining must still happen
    if (await catchUp()) { clearTimeout(lost); showLine(""); showLive(true); }
  });
  // Short breaks are nobody's business; after three seconds people should know.
  opened.on("disconnect", () => { showLive(false); clearTimeout(lost); lost = setTimeout(() => { if (!opened.connected) showLine(line.dataset.lost); }, 3000); });
  opened.on("thread:event", receive);
  opened.on("post:state", ownState);
  opened.on("thread:again", catchUp);
  opened.on("news:count", ({ count }) => { const badge = $("[data-news]"); if (badge) { badge.hidden = !count; $("[data-n]", badge).textContent = count || ""; } });
  opened.on("standing:changed", (fact) => {
    const note = $("[data-standing]");
    if (!note) return;
    note.hidden = fact.state !== "active";
    if (!note.hidden) announce(note.textContent.trim());
  });
  opened.on("session:ended", () => { opened.disconnect(); socket = null; showLine(root.dataset.sayEnded); });
}

if (root) start();
