#!/usr/bin/env bash
# The Autobahn test suite, which needs Python 2.7: in a folder of its own, from Debian 11 and PyPI. Needs root,
# debootstrap and pip; takes about two minutes and 500 MB.
#   bench/autobahn/install.sh [FOLDER]      default: .tools/autobahn
set -euo pipefail
folder=$(realpath -m "${1:-$(dirname "$0")/../../.tools/autobahn}")
ready=$folder/usr/local/bin/wstest
if [ -x "$ready" ]; then
  echo "$folder is there already"
  exit 0
fi
for needed in debootstrap pip; do
  command -v "$needed" >/dev/null || { echo "$needed is missing: apt-get install debootstrap python3-pip" >&2; exit 3; }
done
[ "$(id -u)" = 0 ] || { echo "debootstrap needs root" >&2; exit 3; }

part=$folder.part
rm -rf "$part"
mkdir -p "$part"
debootstrap --variant=minbase \
  --include=python2.7,python2.7-dev,gcc,libc6-dev,libssl-dev,libffi-dev,ca-certificates bullseye "$part" >&2
cp /etc/ssl/certs/ca-certificates.crt "$part/etc/ssl/certs/"
# The last pip for Python 2.7 comes as a wheel, fetched by the pip of today.
pip download -q --no-deps --only-binary=:all: --python-version 2.7 -d "$part/wheels" \
  pip==20.3.4 setuptools==44.1.1 wheel==0.37.1
inside() { env -u PIP_FIND_LINKS -u PIP_CERT chroot "$part" "$@"; }
inside python2.7 /wheels/pip-20.3.4-py2.py3-none-any.whl/pip install -q --no-index --find-links /wheels pip setuptools wheel
inside python2.7 -m pip install -q Twisted==20.3.0 autobahn==0.10.9 six txaio==2.1.0 jinja2==2.11.3 markupsafe==1.1.1 \
  pyopenssl==19.1.0 cryptography==2.9.2 service_identity==18.1.0 Werkzeug==0.16.1 klein==20.6.0 unittest2==1.1.0
inside python2.7 -m pip install -q --no-deps autobahntestsuite==0.8.2
inside wstest --autobahnversion >&2
mv "$part" "$folder"
echo "$folder"
