// Nothing typed is lost: forms with data-draft are kept in this browser until they are sent, and offered back.
(function () {
  "use strict";
  var d = document;
  var KEEP = 30 * 24 * 3600 * 1000;
  var timer = null;

  function key(form) { return "draft:" + d.body.dataset.person + ":" + form.dataset.draft; }
  function fields(form) {
    return [].filter.call(form.elements, function (e) {
      return e.name && e.type !== "hidden" && e.type !== "file" && e.type !== "password" && e.tagName !== "BUTTON" && !/merged|each$/.test(e.name);
    });
  }
  function read(form) {
    try {
      var kept = JSON.parse(localStorage.getItem(key(form)) || "null");
      return kept && Date.now() - kept.at < KEEP ? kept.values : null;
    } catch (e) { return null; }
  }
  function say(form, text) {
    var note = form.querySelector("[data-draft-note]");
    if (note) note.textContent = text;
  }
  function write(form) {
    var values = {};
    fields(form).forEach(function (e) { values[e.name] = e.type === "checkbox" ? e.checked : e.value; });
    try {
      localStorage.setItem(key(form), JSON.stringify({ at: Date.now(), values: values }));
      say(form, "草稿已自动保存在本机浏览器");
    } catch (e) { say(form, "浏览器不允许保存草稿，请及时提交"); }
  }
  function restore(form) {
    if ("restored" in form.dataset) return;
    form.dataset.restored = "";
    var carry = form.querySelector("[data-carry]");
    if (carry) carry.hidden = false;
    var kept = read(form);
    try { // what the server kept later, from another machine, goes first
      var local = JSON.parse(localStorage.getItem(key(form)) || "null");
      if (local && form.dataset.draftAt && local.at < form.dataset.draftAt * 1000) kept = null;
    } catch (e) { /* no storage */ }
    var untouched = fields(form).every(function (e) { return e.type === "checkbox" || e.value === e.defaultValue || e.tagName === "SELECT"; });
    if (!kept || !untouched || form.querySelector(".errorlist")) return;
    var changed = false;
    fields(form).forEach(function (e) {
      if (!(e.name in kept)) return;
      if (e.type === "checkbox") e.checked = kept[e.name];
      else if (e.type !== "radio" && kept[e.name] !== e.value) { e.value = kept[e.name]; changed = true; }
    });
    if (changed) {
      var box = form.closest("details");
      if (box) box.open = true;
      say(form, "已恢复上次未提交的草稿");
    }
  }
  function restoreAll() { d.querySelectorAll("form[data-draft]").forEach(restore); }

  d.addEventListener("input", function (e) {
    var form = e.target.form;
    if (!form || !form.hasAttribute("data-draft")) return;
    clearTimeout(timer);
    timer = setTimeout(function () { write(form); }, 400);
  });
  d.addEventListener("click", function (e) {
    var carry = e.target.closest("[data-carry]");
    if (!carry) return;
    var task = carry.closest("[data-task]");
    var form = carry.form;
    [["text", "[data-last-text]"], ["next_step", "[data-last-next]"], ["blocked", "[data-last-blocked]"]].forEach(function (pair) {
      var last = task.querySelector(pair[1]);
      if (last && !form.elements[pair[0]].value) form.elements[pair[0]].value = last.textContent;
    });
    form.elements.text.focus();
    write(form);
  });
  function forget(form) {
    clearTimeout(timer);
    try { localStorage.removeItem(key(form)); } catch (e) { /* nothing was kept */ }
  }
  // With htmx the draft goes when the server has said yes.
  d.addEventListener("htmx:afterRequest", function (e) {
    var form = e.detail.requestConfig.elt; // the form itself is gone once its answer is in place
    if (form.matches && form.matches("form[data-draft]") && e.detail.xhr.status === 200) forget(form);
  });
  // A plain form's draft names the version it was made against: once saved, nothing asks for it again.
  function tidy() {
    Object.keys(localStorage).forEach(function (name) {
      if (name.indexOf("draft:") !== 0) return;
      var kept = JSON.parse(localStorage.getItem(name));
      if (!kept || Date.now() - kept.at > KEEP) localStorage.removeItem(name);
    });
  }
  d.addEventListener("htmx:afterSettle", restoreAll);
  try { tidy(); } catch (e) { /* no storage */ }
  restoreAll();
})();
