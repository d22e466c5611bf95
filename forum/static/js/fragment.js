// The one place where text from the server becomes part of the page. The content policy allows exactly one Trusted
// Types policy, this one; every other script uses textContent.
const WORKER = "/notifications/worker.js";
const policy = window.trustedTypes?.createPolicy("forum-fragment", {
  createHTML: (html) => html,
  createScriptURL: (url) => { if (url !== WORKER) throw new TypeError("not our worker"); return url; },
});
const NEVER = "script, style, link, meta, base, iframe, object, embed, template";

// The address of the one worker there is; the page of news registers it when its member asks for that.
export function workerAddress() { return policy ? policy.createScriptURL(WORKER) : WORKER; }

// Server-rendered HTML as an inert fragment. Scripts could not run here anyway; they are taken out all the same.
export function fragment(html) {
  const holder = document.createElement("template");
  holder.innerHTML = policy ? policy.createHTML(html) : html;
  holder.content.querySelectorAll(NEVER).forEach((node) => node.remove());
  return holder.content;
}

// The first element of it, ready for this reader: forms get this page's token, guests lose what needs a name.
export function element(html, { token = "", isMember = false } = {}) {
  const node = fragment(html).firstElementChild;
  if (!node) return null;
  if (!isMember) node.querySelectorAll("[data-member], form").forEach((part) => part.remove());
  if (token) node.querySelectorAll('input[name="csrf_token"]').forEach((field) => { field.value = token; });
  return node;
}
