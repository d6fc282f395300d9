// Every exchange with htmx: the token against forged requests, and what is said when it fails.
(function () {
  "use strict";
  var d = document;

  function say(text) {
    var toast = d.getElementById("toast");
    var note = d.createElement("div");
    note.className = "note note-error";
    note.textContent = text;
    toast.textContent = "";
    toast.appendChild(note);
    setTimeout(function () { if (note.parentNode) note.remove(); }, 8000);
  }

  d.addEventListener("htmx:configRequest", function (e) {
    e.detail.headers["X-CSRFToken"] = d.body.dataset.csrf;
    if (e.detail.elt.hasAttribute("data-lean")) {
      Array.from(e.detail.formData.entries()).forEach(function (pair) {
        if (!pair[1]) e.detail.formData.delete(pair[0]);
      });
    }
  });
  d.addEventListener("htmx:responseError", function (e) {
    var status = e.detail.xhr.status;
    if (status === 401) say("登录已失效。请在另一个窗口重新登录，回到本页刷新后再提交；填写的进展已保存为本机草稿。");
    else if (status === 403) say("没有权限，或登录已失效。请刷新页面后重试；已填写的内容请先复制保存。");
    else if (status === 404) say("内容不存在，或您无权查看。");
    else if (status === 413) say("上传的文件过大，服务器没有接收。");
    else say("服务器没有完成这次操作，请稍后重试。您填写的内容仍在页面上。");
  });
  d.addEventListener("htmx:sendError", function () {
    say("网络不通，没有提交成功。您填写的内容仍在页面上，请稍后重试。");
  });
  d.addEventListener("htmx:timeout", function () {
    say("服务器长时间没有应答，请稍后重试。");
  });
  d.addEventListener("htmx:afterSettle", function () {
    var toast = d.getElementById("toast");
    var note = toast.querySelector(".note:not([data-timed])");
    if (!note) return;
    note.dataset.timed = "";
    setTimeout(function () { if (note.parentNode) note.remove(); }, 8000);
  });
})();
