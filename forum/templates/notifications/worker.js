// Wakes up, shows one line that says nothing, opens the news when it is tapped. No page passes through it, and it keeps nothing.
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("push", (event) => {
  event.waitUntil(self.registration.showNotification({{ title|tojson }}, { tag: "news", silent: true }));
});
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow("/notifications"));
});
