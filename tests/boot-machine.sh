#!/bin/bash
# A machine that boots by user data, for tests: what cloud-init and systemd do with it, in namespaces of its own over a
# copy-on-write view of this one. Its disk is a file, its Docker tests/docker-stand-in.sh, and its AWS the folder
# `bucket` with the file `secrets`. A line on standard input stops the PoP as systemd would.
#
# boot-machine.sh MACHINE: a folder with `files` (laid over /), `runcmd` (a shell script), `disk`, `stand-in`, `bucket`.
set -eu
export MACHINE=$1 STAND_IN=$1/stand-in

if [ "${2:-}" != inside ]; then
  mkdir -p "$MACHINE/written" "$MACHINE/work" "$MACHINE/root"
  mount --make-rprivate /
  mount -t overlay -o "lowerdir=/,upperdir=$MACHINE/written,workdir=$MACHINE/work" overlay "$MACHINE/root"
  mount -t proc proc "$MACHINE/root/proc"
  mount -t tmpfs tmpfs "$MACHINE/root/run"
  mount -t tmpfs tmpfs "$MACHINE/root/dev"
  cp -a /dev/null /dev/zero /dev/urandom /dev/loop* "$MACHINE/root/dev/"
  ln -s /proc/self/fd "$MACHINE/root/dev/fd"
  mount --bind "$MACHINE" "$MACHINE/root$MACHINE"
  exec chroot "$MACHINE/root" /bin/bash "$MACHINE/boot-machine.sh" "$MACHINE" inside
fi

# The lines of a key in a unit, continued ones as one.
unit_lines() {
  sed -e ':again' -e '/\\$/{N;s/\\\n */ /;b again' -e '}' "/etc/systemd/system/$1" | sed -n "s/^$2=//p"
}

start_unit() {
  local line
  mkdir -p "/run/$(unit_lines "$1" RuntimeDirectory)"
  while read -r line; do
    # A dash before a command: whether it fails does not matter.
    if [[ $line == -* ]]; then sh -c "${line#-}" || true; else sh -c "$line"; fi
  done < <(unit_lines "$1" ExecStartPre)
  sh -c "exec $(unit_lines "$1" ExecStart)" < /dev/null &
}

export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
loop=$(losetup --find --show "$MACHINE/disk")
# Let go once nothing has it mounted.
trap 'losetup --detach "$loop"' EXIT
ln -s "$loop" /dev/sdf
cp -a "$MACHINE/files/." /
# It writes down what is enabled.
sh -eu "$MACHINE/runcmd"
while read -r unit; do
  start_unit "$unit"
  [ "$unit" != micropop-pop.service ] || pop=$!
done < "$MACHINE/enabled"
read -r _ || true
sh -c "$(unit_lines micropop-pop.service ExecStop)"
wait "$pop"
