#!/bin/sh
# Installs or updates the product from this folder, without a network. 不需要联网。
#
#   sh install.sh [--home /opt/tracker] [--data /var/lib/tracker] [--user tracker] [--python /路径/python3.11] [--no-systemd]
#   sh install.sh --back        退回上一个版本（程序和数据库一起）
#
# 1. the files are those of the checksum list; 2. an environment of its own from the wheels beside this script; 3. settings,
# once; 4. the database made or brought up to date beside and switched; 5. the new version takes the place of the old one.
# Whatever fails before 5 leaves the old version as it was.
set -eu
umask 022  # the program is root's and read by the account it runs under, also where root's own files are nobody else's

HERE=$(cd "$(dirname "$0")" && pwd)
TRACKER_HOME=/opt/tracker DATA=/var/lib/tracker OWNER=tracker PYTHON= SYSTEMD=auto BACK=
say() { printf '%s\n' "$*"; }
refuse() { printf '%s\n' "$*" >&2; exit 1; }

while [ $# -gt 0 ]; do
    case $1 in
        --home) TRACKER_HOME=$2; shift ;;
        --data) DATA=$2; shift ;;
        --user) OWNER=$2; shift ;;
        --python) PYTHON=$2; shift ;;
        --no-systemd) SYSTEMD=no ;;
        --back) BACK=yes ;;
        *) printf '不认识的参数：%s\n' "$1" >&2; exit 2 ;;
    esac
    shift
done
ENV=$TRACKER_HOME/tracker.env LOGS=$DATA/logs

[ "$SYSTEMD" = no ] || { [ -d /run/systemd/system ] && [ "$(id -u)" = 0 ]; } || SYSTEMD=no
as_owner() {  # the command as the account the product runs under
    if [ "$(id -u)" = 0 ] && [ "$OWNER" != root ]; then
        setpriv --reuid "$OWNER" --regid "$(id -g "$OWNER")" --init-groups -- "$@"
    else
        "$@"
    fi
}
stop_services() { [ "$SYSTEMD" = no ] || systemctl stop 'tracker-*' 2>/dev/null || true; }
start_services() { [ "$SYSTEMD" = no ] || systemctl start tracker.target; }

if [ -n "$BACK" ]; then
    [ -e "$TRACKER_HOME/previous" ] || refuse "没有上一个版本可以退回（$TRACKER_HOME/previous 不存在）。"
    stop_services
    if [ -e "$TRACKER_HOME/previous-database" ]; then
        as_owner "$TRACKER_HOME/tracker" restore --back || { start_services; refuse '数据库没有退回，程序也没有更换。'; }
    fi
    now=$(readlink "$TRACKER_HOME/current") past=$(readlink "$TRACKER_HOME/previous")
    ln -sfn "$past" "$TRACKER_HOME/current.new" && mv -T "$TRACKER_HOME/current.new" "$TRACKER_HOME/current"
    ln -sfn "$now" "$TRACKER_HOME/previous"
    start_services
    say "已退回 $(basename "$past")。"
    exit 0
fi

# ── 1. What is here ──────────────────────────────────────────────────────────
[ -f "$HERE/SHA256SUMS" ] || refuse "安装包不完整：$HERE 中没有 SHA256SUMS。"
(cd "$HERE" && sha256sum --check --quiet SHA256SUMS) || refuse '安装包的文件与校验值不符，请重新拷贝安装包。'
case $(uname -m) in
    x86_64|aarch64) ;;
    *) refuse "安装包不支持这台机器的架构 $(uname -m)，只支持 x86_64 和 aarch64。" ;;
esac
for candidate in $PYTHON python3.11 python3.12 python3.13 python3; do
    if "$candidate" -c 'import sys; raise SystemExit(sys.version_info < (3, 11))' 2>/dev/null; then
        FOUND=$candidate; break
    fi
done
[ -n "${FOUND:-}" ] || refuse '未找到 Python 3.11 或更新版本，请安装后重试，或用 --python /路径/python3.11 指定。'
VERSION=$(sed -n 's/^VERSION = "\(.*\)"/\1/p' "$HERE/code/tracker/version.py")
RELEASE=$TRACKER_HOME/releases/$VERSION-$(sha256sum "$HERE/SHA256SUMS" | cut -c 1-8)
say "正在安装 $VERSION 到 $TRACKER_HOME（数据在 $DATA）…"

# ── 2. The code and its environment ──────────────────────────────────────────
if [ "$(id -u)" = 0 ] && ! id "$OWNER" >/dev/null 2>&1; then
    useradd --system --home-dir "$DATA" --shell /usr/sbin/nologin "$OWNER" || refuse "不能建立账号 $OWNER。"
fi
mkdir -p "$TRACKER_HOME/releases" "$DATA" "$LOGS"
rm -rf "$TRACKER_HOME"/releases/*.part  # of this installation and of earlier ones that failed
cp -R "$HERE/code" "$RELEASE.part"
"$FOUND" -m venv "$RELEASE.part/.venv" || refuse "不能建立 Python 环境；Debian、统信、麒麟请先安装 python3-venv。"
"$RELEASE.part/.venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-index \
    --find-links "$HERE/wheels" --requirement "$HERE/code/requirements.txt" \
    || refuse "安装包里没有适合 $("$FOUND" --version) · $(uname -m) 的软件包；制作安装包时请用 --python 和 --arch 指定。"
chmod -R a+rX "$RELEASE.part"
[ "$(readlink "$TRACKER_HOME/current" 2>/dev/null || true)" = "$RELEASE" ] || rm -rf "$RELEASE"
if [ -e "$RELEASE" ]; then rm -rf "$RELEASE.part"; else mv "$RELEASE.part" "$RELEASE"; fi

# ── 3. Settings, once ────────────────────────────────────────────────────────
fill() {
    sed -e "s|@HOME@|$TRACKER_HOME|g" -e "s|@DATA@|$DATA|g" -e "s|@LOGS@|$LOGS|g" -e "s|@USER@|$OWNER|g" \
        -e "s|@ENV@|$ENV|g" -e "s|@SECRET@|${SECRET:-}|g" "$1"
}
if [ ! -e "$ENV" ]; then
    SECRET=$("$FOUND" -c 'import secrets; print(secrets.token_urlsafe(48))')
    (umask 077; fill "$HERE/code/deploy/tracker.env" > "$ENV.part") && mv "$ENV.part" "$ENV"
    say "已生成设置文件 $ENV，请按本单位情况修改网址、域名、邮件服务器。"
fi
cat > "$TRACKER_HOME/tracker.part" <<END
#!/bin/sh
# 管理命令：$TRACKER_HOME/tracker backup 等，用法见 docs/deploy/backup.md
# Root becomes the account the product runs under, or files of its own would be closed to the services.
if [ "\$(id -u)" = 0 ] && [ "$OWNER" != root ] && [ -z "\${TRACKER_RELEASE:-}" ]; then
    exec setpriv --reuid "$OWNER" --regid "\$(id -g "$OWNER")" --init-groups -- "\$0" "\$@"
fi
umask 027
while IFS= read -r line; do case \$line in ''|\#*) ;; *=*) export "\$line" ;; esac; done < "$ENV"
RELEASE=\${TRACKER_RELEASE:-$TRACKER_HOME/current}
[ -z "\${TRACKER_RELEASE:-}" ] || export STATIC_ROOT="\$RELEASE/staticfiles"
exec "\$RELEASE/.venv/bin/python" "\$RELEASE/manage.py" "\$@"
END
chmod 755 "$TRACKER_HOME/tracker.part" && mv "$TRACKER_HOME/tracker.part" "$TRACKER_HOME/tracker"
if [ "$(id -u)" = 0 ]; then
    chown -R "$OWNER" "$DATA"
    chmod 750 "$DATA" "$LOGS"
    chown "root:$(id -gn "$OWNER")" "$ENV" && chmod 640 "$ENV"
fi

# ── 4. The database ──────────────────────────────────────────────────────────
TRACKER_RELEASE=$RELEASE "$TRACKER_HOME/tracker" collectstatic --noinput --verbosity 0
chmod -R a+rX "$RELEASE/staticfiles"
stop_services
DONE=$(as_owner env TRACKER_RELEASE="$RELEASE" "$TRACKER_HOME/tracker" upgrade --json) || {
    start_services
    refuse '数据库没有升级，旧版本继续使用；请按上面的提示处理后重新运行。'
}

# ── 5. The new version in place of the old ───────────────────────────────────
OLD=$(readlink "$TRACKER_HOME/current" 2>/dev/null || true)
if [ -n "$OLD" ] && [ "$OLD" != "$RELEASE" ]; then
    ln -sfn "$OLD" "$TRACKER_HOME/previous"
    case $DONE in
        *'"backup": null'*) rm -f "$TRACKER_HOME/previous-database" ;;
        *) : > "$TRACKER_HOME/previous-database" ;;
    esac
fi
ln -sfn "$RELEASE" "$TRACKER_HOME/current.new" && mv -T "$TRACKER_HOME/current.new" "$TRACKER_HOME/current"
mkdir -p "$TRACKER_HOME/units"
for unit in "$HERE"/code/deploy/systemd/*; do fill "$unit" > "$TRACKER_HOME/units/$(basename "$unit")"; done
fill "$HERE/code/deploy/logrotate.conf" > "$TRACKER_HOME/units/logrotate.conf"
cp "$HERE/code/deploy/nginx.conf" "$TRACKER_HOME/units/nginx.conf"
if [ "$SYSTEMD" != no ]; then
    cp "$TRACKER_HOME"/units/tracker* /etc/systemd/system/
    [ ! -d /etc/logrotate.d ] || cp "$TRACKER_HOME/units/logrotate.conf" /etc/logrotate.d/tracker
    systemctl daemon-reload
    systemctl enable --quiet tracker.target tracker-broker tracker-web tracker-worker tracker-beat
    start_services
else
    say "没有使用 systemd：服务定义在 $TRACKER_HOME/units，请用本机的进程管理程序启动其中的四条命令。"
fi
say "已安装 $VERSION。第一个管理员：$TRACKER_HOME/tracker create_admin admin --unit 单位名称"
