// Says in words on the page that a passkey or security key was not used; without this the failure shows only in the console.
const message = document.querySelector("[data-passkey-error]");
if (message) {
  document.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    message.hidden = false;
  });
}
