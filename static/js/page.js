// Behaviour of the frame: menus, print, forms sent by a choice, questions before an act, the drawer.
(function () {
  "use strict";
  var d = document;
  var drawer = d.querySelector("[data-drawer]");
  var ask = d.querySelector("[data-ask]");
  var asked = null;
  var opener = null;

  function open(dialog) {
    if (dialog.open) return;
    if (dialog.showModal) dialog.showModal(); else dialog.setAttribute("open", "");
  }
  function close(dialog) {
    if (dialog.close) dialog.close(); else dialog.removeAttribute("open");
  }

  d.querySelectorAll("[data-nojs]").forEach(function (e) { e.hidden = true; });
  d.addEventListener("change", function (e) {
    var form = e.target.form;
    if (form && form.hasAttribute("data-autosubmit")) form.submit();
  });

  d.addEventListener("click", function (e) {
    var act = e.target.closest("[data-print],[data-close],[data-ask-yes],[data-ask-no]");
    d.querySelectorAll("[data-menu][open]").forEach(function (menu) {
      if (!menu.contains(e.target)) menu.open = false;
    });
    if (e.target === drawer) return close(drawer);
    if (!act) return undefined;
    if (act.hasAttribute("data-print")) window.print();
    else if (act.hasAttribute("data-close")) { if (drawer.open) { e.preventDefault(); close(drawer); } }
    else {
      close(ask);
      if (act.hasAttribute("data-ask-yes") && asked) {
        asked.form.dataset.sure = "";
        if (asked.form.requestSubmit) asked.form.requestSubmit(asked.button || undefined); else asked.form.submit();
      }
      asked = null;
    }
    return undefined;
  });
  d.addEventListener("keydown", function (e) {
    var seek = d.querySelector("[data-seek]");
    if (e.key === "/" && seek && !e.target.closest("input,textarea,select,dialog,[contenteditable]")) {
      e.preventDefault();
      seek.focus();
      seek.select();
    }
    if (e.key !== "Escape") return;
    d.querySelectorAll("[data-menu][open]").forEach(function (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });

  // A question first; and one click sends a form once.
  d.addEventListener("submit", function (e) {
    var form = e.target;
    if (form.hasAttribute("data-confirm") && !("sure" in form.dataset)) {
      e.preventDefault();
      e.stopImmediatePropagation();
      asked = { form: form, button: e.submitter };
      ask.querySelector("p").textContent = form.dataset.confirm;
      open(ask);
      return;
    }
    delete form.dataset.sure;
    if (e.defaultPrevented || form.method !== "post") return;
    if ("sent" in form.dataset) { e.preventDefault(); return; }
    form.dataset.sent = "";
    setTimeout(function () { delete form.dataset.sent; }, 4000);
  }, true);

  // The drawer shows what a link with data-in-drawer fetched; without script the link opens the page.
  d.addEventListener("htmx:beforeRequest", function (e) {
    if (e.target.hasAttribute("data-in-drawer")) opener = e.target;
  });
  d.addEventListener("htmx:afterSwap", function (e) {
    if (e.target.id !== "drawer-body") return;
    open(drawer);
    drawer.scrollTop = 0;
    var heading = drawer.querySelector("h1,h2");
    if (heading) { heading.tabIndex = -1; heading.focus(); }
  });
  drawer.addEventListener("close", function () {
    if (opener && !d.contains(opener)) { // the list behind was renewed meanwhile
      opener = d.querySelector('[data-in-drawer][href="' + opener.getAttribute("href") + '"]');
    }
    if (opener) opener.focus();
    opener = null;
  });
  window.addEventListener("pageshow", function () {
    d.querySelectorAll("form[data-sent]").forEach(function (form) { delete form.dataset.sent; });
  });
})();
