// The moderators' desk beyond the list: covered words are fetched on request and cover themselves again, an open case
// stays one's own while somebody is there, and "More" shows the other actions on a phone. All of it works without this.
import { announce } from "./app.js";
import { fragment } from "./fragment.js";

const BEAT_MS = 30000, COVER_MS = 120000;
const $ = (selector, root = document) => root.querySelector(selector);
let isActive = false, covering = 0;

async function reveal(link) {
  const answer = await fetch(link.href, { headers: { Accept: "text/html" } }).catch(() => null);
  const fresh = answer?.ok ? $("[data-detail]", fragment(await answer.text())) : null;
  const here = link.closest("[data-detail]");
  if (!fresh || !here) { location.href = link.href; return; }
  here.replaceWith(fresh);
  fresh.focus({ preventScroll: true });
  announce($(".says", fresh)?.textContent.trim() ?? "");
  clearTimeout(covering);
  covering = setTimeout(cover, COVER_MS);
}

// Words somebody asked for do not stay on a screen nobody looks at.
function cover() {
  const quote = $("[data-quote][data-asked]"), button = $("[data-blur]");
  if (!quote) return;
  quote.classList.add("blur");
  button?.setAttribute("aria-pressed", "true");
}

async function beat() {
  const detail = $("[data-detail][data-mine]");
  if (!detail) return;
  const body = new URLSearchParams({ active: isActive ? "yes" : "", csrf_token: $("input[name=csrf_token]")?.value ?? "" });
  isActive = false;
  const answer = await fetch(`/mod/cases/${detail.dataset.mine}/heartbeat`, { method: "POST", body, headers: { Accept: "application/json" } }).catch(() => null);
  const state = answer?.ok ? await answer.json() : null;
  if (!state || !detail.isConnected) return;
  if (state.expires_at === null) { delete detail.dataset.mine; announce(detail.dataset.sayLost); const tag = $("[data-yours]", detail); if (tag) tag.textContent = detail.dataset.sayLost; }
}

document.addEventListener("click", (event) => {
  const more = event.target.closest("[data-moreacts]"), link = event.target.closest("a[data-reveal]");
  if (more) { const acts = more.closest("[data-acts]"); acts.classList.add("all"); $(".opt summary, .opt button", acts)?.focus(); }
  if (link && !event.ctrlKey && !event.metaKey) { event.preventDefault(); reveal(link); }
});
// When the list has moved on and nothing is open, the last case must not stay on the screen, open panel and all.
const list = $("[data-queue]"), blank = list && $("[data-detail]")?.cloneNode(true);
if (blank) {
  new MutationObserver(() => setTimeout(() => {
    const detail = $("[data-detail]"), isOpen = list.querySelector("[aria-current]");
    if (!isOpen && detail?.querySelector("[data-quote]")) detail.replaceWith(blank.cloneNode(true));
  }, 50)).observe(list, { childList: true });
}

// A key may press something folded away: unfold it, and let the bar go while a panel is open.
document.addEventListener("click", (event) => {
  const others = event.target.closest("[data-key]")?.closest("[data-others]");
  if (others) others.open = true;
}, true);
document.addEventListener("toggle", (event) => {
  const bar = event.target.closest?.(".actbar");
  if (!bar) return;
  bar.classList.toggle("open", !!$("details[open]", bar));
  if (event.target.open && !("others" in event.target.dataset)) { $("input:checked, input:not([type=hidden]), textarea, select, button", event.target)?.focus({ preventScroll: true }); event.target.scrollIntoView({ block: "nearest" }); }
}, true);
for (const kind of ["pointermove", "keydown", "scroll", "input"]) addEventListener(kind, () => { isActive = true; }, { passive: true });
document.addEventListener("visibilitychange", () => { if (document.hidden) cover(); });
addEventListener("blur", cover);
if ($("[data-quote][data-asked]")) covering = setTimeout(cover, COVER_MS);
setInterval(beat, BEAT_MS);

// On a phone the bar holds more doors than it shows: where one is now comes into sight.
const door = $(".nav [aria-current]"), doors = door?.closest("ul");
if (doors && doors.scrollWidth > doors.clientWidth) doors.scrollLeft = door.parentElement.offsetLeft - doors.offsetLeft - (doors.clientWidth - door.parentElement.offsetWidth) / 2;
