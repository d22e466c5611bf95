// "Wake this browser": nothing happens before the button is pressed, and everything is undone when a step fails.
import { workerAddress } from "./fragment.js";

const box = document.querySelector("[data-wake]");

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));

async function forget() {
  const found = await navigator.serviceWorker.getRegistration("/notifications/");
  const subscription = await found?.pushManager.getSubscription();
  await subscription?.unsubscribe();
  await found?.unregister();
}

async function ready(registration) {
  const worker = registration.installing ?? registration.waiting;
  if (worker) await new Promise((done) => worker.addEventListener("statechange", () => { if (worker.state === "activated") done(); }));
  return registration;
}

async function turnOn(form, say) {
  say.textContent = "";
  try {
    if (await Notification.requestPermission() !== "granted") throw new Error("no permission");
    const found = await ready(await navigator.serviceWorker.register(workerAddress(), { scope: "/notifications/" }));
    const options = { userVisibleOnly: true, applicationServerKey: bytes(form.dataset.wake) };
    const subscription = await found.pushManager.subscribe(options);
    form.elements.endpoint.value = subscription.endpoint;
    form.submit();
  } catch {
    await forget();
    say.textContent = form.dataset.sayNot;
  }
}

if (box && "serviceWorker" in navigator && "PushManager" in window) {
  box.hidden = false;
  document.querySelector("[data-wake-none]")?.remove();
  box.addEventListener("submit", (event) => { event.preventDefault(); turnOn(box, box.querySelector("[data-said]")); });
}
document.querySelector("[data-wake-off]")?.addEventListener("submit", () => { forget(); });
