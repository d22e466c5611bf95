// Offers the device's own time zone as a choice. It is sent only when somebody presses the button.
const form = document.querySelector("[data-zone]"), offer = document.querySelector("[data-zone-offer]");
const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
const known = form && [...form.elements.zone.options].some((option) => option.value === own);
if (known && own !== form.elements.zone.value) {
  offer.hidden = false;
  offer.querySelector("[data-zone-name]").textContent = own;
  offer.querySelector("[data-zone-own]").addEventListener("click", () => { form.elements.zone.value = own; form.submit(); });
}
