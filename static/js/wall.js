// The wall renews itself. While the server does not answer, what is shown stays and is asked for again.
(function () {
  "use strict";
  setInterval(function () {
    fetch(location.href, { credentials: "same-origin", cache: "no-store" }).then(function (answer) {
      if (answer.status < 500 && answer.status !== 429) location.reload();
    }, function () {});
  }, document.body.dataset.refresh * 1000);
})();
