// Other names without a reload. The form itself does the same with one.
import { announce } from "./app.js";
import { fragment } from "./fragment.js";

const form = document.querySelector("[data-join]");

form?.addEventListener("submit", async (event) => {
  const button = event.submitter;
  if (button?.name !== "reroll") return;
  event.preventDefault();
  delete form.dataset.sent;
  const data = new URLSearchParams(new FormData(form));
  data.set("reroll", "1");
  const names = form.querySelector("[data-names]");
  try {
    const page = await fetch(form.action, { method: "POST", body: data, headers: { Accept: "text/html" } });
    const fresh = fragment(await page.text()).querySelector("[data-names]");
    if (!fresh) throw new Error("no names");
    names.replaceWith(fresh);
    fresh.querySelector("button[name=reroll]").focus();
    announce([...fresh.querySelectorAll("b")].map((b) => b.textContent).join(", "));
  } catch {
    const again = document.createElement("input");
    Object.assign(again, { type: "hidden", name: "reroll", value: "1" });
    form.append(again);
    form.submit();
  }
});
