// The bar of a trial fills while it is read; when it has ended the page is asked for once more. Works without this, too.
const bar = document.querySelector("[data-trial]");
const PAUSE_MS = 1000;

async function look() {
  const answer = await fetch(bar.dataset.trial, { headers: { Accept: "application/json" } }).catch(() => null);
  const state = answer?.ok ? await answer.json() : null;
  if (state && state.state !== "running") { location.reload(); return; }
  if (state) bar.querySelector("progress").value = state.done;
  setTimeout(look, PAUSE_MS);
}

if (bar?.dataset.state === "running") setTimeout(look, PAUSE_MS);
