// Small comforts for every page. Each thing here is a plain link or form that works without it.
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
document.documentElement.classList.add("js");

// One polite status line for the whole page. Emptied first, or the same sentence twice would be read once.
export function announce(text) {
  const line = $("[data-announce]");
  if (!line) return;
  line.textContent = "";
  setTimeout(() => { line.textContent = text; }, 60);
}

// "This isn't what I meant": the card goes at once, the server hears of it meanwhile, focus returns to the post.
document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-hide-card]"), card = form?.closest("[data-card]");
  if (!card) return;
  event.preventDefault();
  const data = new URLSearchParams(new FormData(form)), button = $("button", form);
  if (button.name) data.set(button.name, button.value);
  if (!data.get("csrf_token")) data.set("csrf_token", $("input[name=csrf_token]")?.value ?? "");
  fetch(form.action, { method: "POST", body: data, keepalive: true }).catch(() => {}); // outlives the page
  const next = card.closest("article") || $("#main");
  card.remove();
  next.focus();
});

// Help numbers ride along hidden, for when there is no line.
const showOffline = () => $$("[data-offline-line]").forEach((line) => { line.hidden = navigator.onLine; });
addEventListener("offline", showOffline);
addEventListener("online", showOffline);

function copy(button) {
  const text = $(button.dataset.copy)?.textContent.trim() ?? "";
  navigator.clipboard?.writeText(text).then(() => { ($("span", button) || button).textContent = button.dataset.done; });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button, a");
  if (!button) return;
  if ("copy" in button.dataset) copy(button);
  else if ("print" in button.dataset) print();
});

// Light or dark: the server remembers it in a cookie; this only saves the reload.
$("[data-theme-form]")?.addEventListener("submit", (event) => {
  const pressed = event.submitter;
  if (!pressed) return; // an old browser: let the form go its way
  event.preventDefault();
  const form = event.currentTarget, data = new URLSearchParams(new FormData(form));
  data.set("theme", pressed.value);
  if (pressed.value === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = pressed.value;
  $$("button", form).forEach((b) => b.setAttribute("aria-pressed", String(b === pressed)));
  fetch(form.action, { method: "POST", body: data }).catch(() => {});
});

// One open post menu at a time; Escape closes it and puts focus back.
document.addEventListener("toggle", (event) => {
  if (!event.target.matches?.(".menu") || !event.target.open) return;
  $$(".menu[open]").forEach((menu) => { if (menu !== event.target) menu.open = false; });
}, true);
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  $$(".menu[open]").forEach((menu) => { menu.open = false; $("summary", menu).focus(); });
});

// Boxes grow with the words.
const grow = (box) => { box.style.height = "auto"; box.style.height = `${box.scrollHeight + 3}px`; };
document.addEventListener("input", (event) => { if (event.target.matches("textarea[data-grow]")) grow(event.target); });
$$("textarea[data-grow]").forEach((box) => { if (box.value) grow(box); });

// A second press while the first is under way would send the form twice.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!("once" in form.dataset) || event.defaultPrevented) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
  setTimeout(() => { delete form.dataset.sent; }, 4000);
});

$("[data-focus]")?.focus();
