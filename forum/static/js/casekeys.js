// One case on its own page: the same single keys as in the queue, each presses a button that is there anyway.
const $ = (selector, root = document) => root.querySelector(selector);
const keys = $("[data-keys]"), dialog = $("[data-keydlg]");

function takeDown(open) {
  const panel = $("[data-takedown]");
  if (!panel) return false;
  panel.open = open;
  (open ? $("input:checked, input", panel) : $("summary", panel))?.focus();
  return true;
}

function pickReason(panel, number) {
  const rule = $(`[data-pick="${number}"]`, panel);
  if (rule) { rule.checked = true; rule.focus(); }
}

function press(event) {
  if (!keys?.checked || dialog?.open || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select")) return;
  const pressed = event.key.toLowerCase(), panel = $("[data-takedown][open]");
  if (panel && /^[1-9]$/.test(pressed)) pickReason(panel, pressed);
  else if (panel && pressed === "escape") takeDown(false);
  else if (panel && pressed === "enter") $("button[type=submit]", panel).click();
  else if (panel) return;
  else if (pressed === "r") { if (!takeDown(true)) return; }
  else if (pressed === "?") dialog?.showModal?.();
  else {
    const button = pressed === "b" ? $("[data-blur]") : /^[a-z]$/.test(pressed) && $(`[data-key="${pressed}"]`);
    if (!button) return;
    button.click();
  }
  event.preventDefault();
}

// In the queue its own script does this.
if (!$("[data-queue]")) {
  document.addEventListener("keydown", press);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-keyhelp]")) dialog?.showModal?.();
    const button = event.target.closest("[data-blur]"), quote = $("[data-quote]");
    if (!button || !quote) return;
    const on = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(on));
    quote.classList.toggle("blur", on);
  });
}
