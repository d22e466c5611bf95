// The reply box. Words stay in it until the server has said that they are kept; the same client_id goes with every
// try, so a lost answer never makes a second post. Without a connection the form posts as any form does.
import { ask, backoff, newId, wait } from "./live.js";

export class Composer {
  // onPosted(answer) puts the post on the page; line() is the current socket or null; onRefused() follows a refusal.
  constructor(form, line, onPosted, onRefused) {
    Object.assign(this, { form, line, onPosted, onRefused, busy: false });
    this.box = form.elements.body;
    this.button = form.querySelector("button[type=submit]");
    this.state = form.querySelector("[data-send-state]");
    this.error = form.querySelector("[data-error]");
    form.addEventListener("submit", (event) => this.submit(event));
    form.querySelector("[data-answer-none]")?.addEventListener("click", (event) => { event.preventDefault(); this.answer("", ""); });
  }

  isWriting() { return this.box.value.trim() !== "" || document.activeElement === this.box; }

  answer(post, name) {
    const line = this.form.querySelector("[data-answering]"), label = line.querySelector("[data-say]");
    this.form.elements.reply_to.value = post;
    label.textContent = label.dataset.say.replace("{name}", name);
    line.hidden = !post;
    this.box.focus();
  }

  say(text) { this.state.textContent = text; }

  fail(message) {
    this.error.hidden = !message;
    this.error.querySelector("[data-error-text]").textContent = message;
    this.box.toggleAttribute("aria-invalid", Boolean(message));
    if (!message) return;
    this.box.setAttribute("aria-invalid", "true");
    this.box.setAttribute("aria-describedby", this.error.id);
    this.box.focus();
  }

  payload() {
    const fields = this.form.elements, sent = { thread: this.form.dataset.composer, body: this.box.value, client_id: fields.client_id.value };
    if (fields.reply_to.value) sent.reply_to = fields.reply_to.value;
    if (fields.content_note?.value.trim()) sent.content_note = fields.content_note.value.trim();
    if (fields.one_name?.checked) sent.one_name = true;
    if (fields.attached?.value) sent.attached = fields.attached.value;
    return sent;
  }

  async submit(event) {
    if (!this.line()) return; // no live line at all: an ordinary form post
    event.preventDefault();
    if (this.busy) return;
    if (!this.box.value.trim()) { this.fail(this.form.dataset.sayEmpty); return; }
    this.fail("");
    this.lock(true);
    const answer = await this.deliver(this.payload());
    this.lock(false);
    if (answer) this.settle(answer);
  }

  lock(on) {
    this.busy = on;
    this.box.readOnly = on; // changed words under the same id would be refused
    this.button.disabled = on;
    this.say(on ? this.form.dataset.saySending : "");
  }

  // Tries until the server answers. Where pages answer but the live line doesn't, the form goes the ordinary way.
  async deliver(payload) {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await ask(this.line(), "post:create", payload);
      } catch {
        this.say(this.form.dataset.sayUnsent);
        if (attempt >= 2 && await this.pagesAnswer()) { this.box.readOnly = false; this.form.submit(); return null; }
        await wait(backoff(attempt));
      }
    }
  }

  async pagesAnswer() {
    try {
      const answer = await fetch(`/t/${this.form.dataset.composer}/events?after=${Number.MAX_SAFE_INTEGER}`, { headers: { Accept: "application/json" } });
      return answer.status < 500;
    } catch { return false; }
  }

  settle(answer) {
    if (answer.ok) {
      this.clear();
      this.onPosted(answer);
      return;
    }
    if (answer.error?.code === "conflict") this.form.elements.client_id.value = newId();
    this.fail(answer.error?.message ?? "");
    if (answer.support) this.onPosted(answer); else this.onRefused();
  }

  clear() {
    this.box.value = "";
    this.box.style.height = "";
    this.form.elements.client_id.value = newId();
    if (this.form.elements.content_note) this.form.elements.content_note.value = "";
    this.form.querySelector("details.more")?.removeAttribute("open");
    if (this.form.elements.attached) this.form.elements.attached.value = "";
    this.form.elements.reply_to.value = "";
    this.form.querySelector("[data-answering]").hidden = true;
  }
}
