// Quick exit. Without this file it is a plain link to /exit, which does the same a little slower.
const link = document.querySelector("[data-exit]");

function leave(event) {
  event?.preventDefault();
  // Sleeping or signing out happens on the server; the page must not wait for it.
  const token = document.querySelector("input[name=csrf_token]")?.value ?? "";
  try { navigator.sendBeacon("/exit/beacon", new URLSearchParams({ csrf_token: token })); } catch { /* /exit does it too */ }
  document.querySelectorAll("textarea, input").forEach((field) => { field.value = ""; });
  const cover = document.createElement("div");
  cover.className = "exit-cover";
  cover.setAttribute("role", "alert");
  cover.textContent = link.dataset.loading + ".";
  document.title = link.dataset.loading;
  document.body.replaceChildren(cover);
  location.replace(link.href); // replace, so that Back does not land on this page
}

// Shift three times within five seconds. Shift used with another key does not count, so capitals never leave.
// A single key would be pressed by accident, and Escape stops pages from loading.
function watchShift(dots, say) {
  let presses = 0, timer = 0, mixed = false;
  const show = () => {
    dots.classList.toggle("on", presses > 0);
    [...dots.children].forEach((dot, i) => dot.classList.toggle("f", i < presses));
  };
  const reset = () => { presses = 0; say.textContent = ""; show(); };
  addEventListener("keyup", (event) => {
    if (event.key !== "Shift") { mixed = event.shiftKey; if (presses) reset(); return; }
    if (mixed) { mixed = false; return; }
    presses += 1;
    show();
    clearTimeout(timer);
    if (presses >= 3) return leave();
    say.textContent = presses === 1 ? link.dataset.press2 : link.dataset.press1;
    timer = setTimeout(reset, 5000);
  }, true);
}

if (link) {
  const say = document.createElement("span");
  say.className = "vh";
  say.setAttribute("role", "status");
  link.after(say);
  // Help cards carry the same link once more, beside their numbers.
  document.addEventListener("click", (event) => { if (event.target.closest("[data-exit]")) leave(event); });
  watchShift(link.querySelector(".dots"), say);
}
// A page kept whole by the browser must never be shown again after Back.
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
