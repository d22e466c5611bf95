// The moderators' queue: one key, one action, twenty seconds to take it back. Every action is a real form; this file
// presses its button, and keeps the list fresh without ever moving it under the cursor.
import { desk } from "./alarm.js";
import { announce } from "./app.js";
import { fragment } from "./fragment.js";

const $ = (selector, root = document) => root.querySelector(selector);
const list = $("[data-queue]"), detail = () => $("[data-detail]"), keys = $("[data-keys]");
const pill = $("[data-queue-new]"), toast = $("[data-toast]"), dialog = $("[data-keydlg]");
const items = () => [...list.querySelectorAll("[data-case]:not(.done)")];
const current = () => list.querySelector("[data-case][aria-current]");
const isWide = () => matchMedia("(min-width: 940px)").matches;
let toastTimer = 0, refreshing = 0, isOverList = false, opening = null, isOpening = false, opened = 0, waiting = 0;

// ── moving and reading ───────────────────────────────────────────────────────────────────────────────────────────

async function page(url, options) {
  const answer = await fetch(url, { headers: { Accept: "text/html" }, ...options });
  return { answer, content: fragment(await answer.text()) };
}

async function pick(item) {
  if (!item) { announce(list.dataset.sayEnd); return; }
  const before = current(), link = $("a", item);
  mark(before, item);
  item.scrollIntoView({ block: "nearest" });
  if (!detail() || !isWide()) { link.focus(); return; }
  await (opening = open(item, link, before));
}

function mark(from, to) {
  from?.removeAttribute("aria-current");
  to?.setAttribute("aria-current", "true");
}

// Until the next case is there the last one can't be acted on: keys pressed meanwhile are meant for the next one.
// Answers whether it came; keys that waited for one that did not come are dropped.
async function open(item, link, before) {
  const turn = opened += 1;
  detail().inert = isOpening = true;
  const { content } = await page(link.href).catch(() => ({}));
  if (turn !== opened) return false;
  isOpening = false;
  const fresh = content?.querySelector("[data-detail]");
  if (current()?.dataset.case !== item.dataset.case) return false;
  if (!fresh) { mark(current(), before); detail().inert = !before?.isConnected; showToast(list.dataset.sayUnread); return false; }
  giveBack(item);
  detail().replaceWith(fresh);
  announce(`${$(".tag", item)?.textContent.trim() ?? ""}. ${link.textContent.trim()}`);
  return true;
}

// Whoever only looked and went on does not keep it: an emergency must not seem taken because somebody passed by.
function giveBack(next) {
  const left = detail()?.dataset.mine, token = $("input[name=csrf_token]")?.value ?? "";
  if (!left || left === next.dataset.case) return;
  const body = new URLSearchParams({ csrf_token: token });
  fetch(`/mod/cases/${left}/release`, { method: "POST", body, keepalive: true, headers: { Accept: "application/json" } }).catch(() => null);
}

function step(by) {
  const all = items(), at = all.indexOf(current());
  pick(at < 0 ? all[0] : all[at + by]);
}

// ── acting ───────────────────────────────────────────────────────────────────────────────────────────────────────

function showToast(words, undo) {
  $("[data-toast-text]", toast).textContent = words;
  $("[data-toast-undo]", toast).replaceChildren(...(undo ? [undo] : []));
  toast.hidden = false;
  announce(words);
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { toast.hidden = true; }, 20000);
}

// The answer to an action is a page; its first notice says what happened, and may hold the form that undoes it.
async function act(event) {
  const form = event.target.closest("form[data-case-action]");
  if (!form || !toast) return;
  event.preventDefault();
  const button = event.submitter, data = new URLSearchParams(new FormData(form));
  if (button?.name) data.set(button.name, button.value);
  if (button) button.disabled = true;
  let result = null;
  // A lost connection loses no decision: the form stays as it is, and trying again is safe (the version is checked).
  try { result = await page(form.action, { method: "POST", body: data }); } catch { /* said below */ }
  if (button) button.disabled = false;
  if (!result) { showToast(list.dataset.sayUnsent); return; }
  const notice = result.content.querySelector(".flashes .note");
  const words = notice?.textContent.trim() || result.content.querySelector("main p")?.textContent.trim() || form.dataset.said || "";
  showToast(words, result.content.querySelector("form[data-undo]"));
  if (result.answer.ok && form.dataset.caseAction !== "stay") await leaveItem(); else refresh();
}

async function leaveItem() {
  const item = current(), all = items(), at = all.indexOf(item), next = all[at + 1] || all[at - 1];
  if (detail()) { delete detail().dataset.mine; detail().inert = true; }
  item?.remove();
  await pick(next);
  refresh();
}

function takeDown(open) {
  const panel = $("[data-takedown]", detail() ?? document);
  if (!panel) return false;
  panel.open = open;
  (open ? $("input:checked, input", panel) : $("summary", panel))?.focus();
  return true;
}

function blur() {
  const button = $("[data-blur]"), quote = $("[data-quote]");
  if (!button || !quote) return;
  const on = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", String(on));
  quote.classList.toggle("blur", on);
}

function key(event) {
  if (!keys?.checked || dialog?.open || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select")) return;
  if (press(event.key.toLowerCase())) event.preventDefault();
}

function later(pressed) {
  waiting += 1;
  opening = opening.then((isThere) => { waiting -= 1; if (isThere) press(pressed); return isThere; });
}

// Answers whether the key meant something.
function press(pressed) {
  const panel = $("[data-takedown][open]"), isMove = pressed === "j" || pressed === "k";
  if (isOpening && !(isMove && waiting === 0)) later(pressed);
  else if (isMove && (isOpening || !panel)) step(pressed === "j" ? 1 : -1);
  else if (pressed === "u") { if (toast && !toast.hidden) $("[data-toast-undo] button", toast)?.click(); }
  else if (pressed === "?") dialog?.showModal?.();
  else return detail()?.inert ? false : onCase(pressed, panel);
  return true;
}

function onCase(pressed, panel) {
  if (panel && /^[1-9]$/.test(pressed)) { const rule = $(`[data-pick="${pressed}"]`, panel); if (rule) { rule.checked = true; rule.focus(); } }
  else if (panel && pressed === "escape") takeDown(false);
  else if (panel && pressed === "enter") $("button[type=submit]", panel).click();
  else if (panel) return false;
  else if (pressed === "r" && takeDown(true)) { /* opened */ }
  else if (pressed === "b") blur();
  else { const button = /^[a-z]$/.test(pressed) && $(`[data-key="${pressed}"]`); if (!button) return false; button.click(); }
  return true;
}

// ── staying fresh ────────────────────────────────────────────────────────────────────────────────────────────────

// An emergency is put on top at once; anything else waits behind the button while somebody is in the list.
const isUrgent = (li) => $(".num", li)?.textContent.trim().startsWith("T0");
const isBusy = () => isOverList || list.contains(document.activeElement);

// What others dealt with stays where it is while somebody is in the list, grey, and says so.
function handled(li) {
  if (li.classList.contains("done") && $("[data-handled]", li)) return;
  li.classList.add("done");
  const said = document.createElement("span");
  said.dataset.handled = "";
  said.textContent = list.dataset.sayHandled.replace("{t}", new Date().toISOString().slice(11, 16));
  [...li.querySelectorAll(".meta")].at(-1)?.replaceChildren(said);
}

function merge(fresh) {
  const incoming = [...fresh.querySelectorAll("[data-case]")], known = new Map([...list.querySelectorAll("[data-case]")].map((li) => [li.dataset.case, li]));
  const ids = new Set(incoming.map((li) => li.dataset.case)), busy = isBusy();
  let unseen = 0, before = null;
  known.forEach((li, id) => { if (!ids.has(id)) { if (busy || li === current()) handled(li); else li.remove(); } });
  incoming.forEach((li) => {
    const old = known.get(li.dataset.case);
    if (old?.isConnected) {
      if (old.hasAttribute("aria-current")) li.setAttribute("aria-current", "true"); else li.removeAttribute("aria-current");
      if (old.dataset.version !== li.dataset.version || old.className !== li.className) { if (!old.contains(document.activeElement)) old.replaceWith(li); else li = old; } else li = old;
      before = li;
    } else if (busy && !isUrgent(li)) unseen += 1;
    else { li.removeAttribute("aria-current"); if (before) before.after(li); else list.prepend(li); before = li; announce($(".tag", li)?.textContent.trim() ?? ""); }
  });
  pill.hidden = unseen === 0;
  $("button", pill).textContent = pill.dataset.say.replace("{n}", unseen);
  if (unseen) announce($("button", pill).textContent);
}

// Events only say that something changed; the list itself always comes from the page, in the page's order.
function refresh() {
  clearTimeout(refreshing);
  refreshing = setTimeout(async () => {
    const { answer, content } = await page(location.href).catch(() => ({}));
    if (!answer?.ok) return;
    const fresh = content.querySelector("[data-queue]");
    if (fresh) merge(fresh);
    content.querySelectorAll("[data-count]").forEach((n) => { const mine = $(`[data-count="${n.dataset.count}"]`); if (mine) mine.textContent = n.textContent; });
  }, 150);
}

async function start() {
  list.addEventListener("pointerenter", () => { isOverList = true; });
  list.addEventListener("pointerleave", () => { isOverList = false; });
  list.addEventListener("click", (event) => {
    const item = event.target.closest("[data-case]");
    if (!item || !isWide() || event.ctrlKey || event.metaKey || !detail()) return;
    event.preventDefault();
    pick(item);
  });
  $("button", pill).addEventListener("click", () => { isOverList = false; document.activeElement?.blur(); refresh(); });
  document.addEventListener("submit", act);
  document.addEventListener("keydown", key);
  document.addEventListener("click", (event) => { if (event.target.closest("[data-blur]")) blur(); if (event.target.closest("[data-keyhelp]")) dialog?.showModal?.(); });
  keys?.addEventListener("change", () => document.body.classList.toggle("no-keys", !keys.checked));
  setInterval(refresh, 60000);
  const socket = await desk;
  setInterval(() => { if (!socket?.connected) refresh(); }, 15000);
  if (!socket) return;
  socket.on("connect", refresh);
  for (const name of ["opened", "changed", "leased", "released", "resolved"]) socket.on(`case:${name}`, refresh);
  socket.on("queue:counts", refresh);
  socket.on("session:ended", () => { socket.disconnect(); location.reload(); });
}

if (list) start();
