#!/bin/bash
# Stands in for Docker where only namespaces are: starts one unpacked image with the arguments that infrastructure gives
# Docker, and does what each says. An argument that it does not know is an error, never ignored.
#
# STAND_IN: a folder with `root` (the image's files), `entrypoint` (its program) and `environment` (NAME=value lines).
set -eu
: "${STAND_IN:?}"

# Kept in the bounding set for chroot itself; the process behind it has none of them.
CHROOT_NEEDS=-all,+sys_chroot,+setuid,+setgid

fail() {
  echo "docker stand-in: $1" >&2
  exit 125
}

# The first process inside the container of that name, by its number outside; nothing where none runs.
first_inside() {
  local outer
  outer=$(cat "$STAND_IN/running-$1" 2>/dev/null) || return 0
  cat "/proc/$outer/task/$outer/children" 2>/dev/null || true
}

run() {
  local name= user=0:0 options=rw mounts=() privileges=() environment=() apart=() slower=()
  while read -r line; do environment+=("$line"); done < "$STAND_IN/environment"
  while [[ $# -gt 0 && $1 == --* ]]; do
    case "$1 ${2:-}" in
      '--rm '*) shift ;;
      '--name '*) name=$2; shift 2 ;;
      '--network host') shift 2 ;;
      '--network none') apart=(--net); shift 2 ;;
      # Two of 1,024 shares: what others leave.
      '--cpu-shares 2') slower=(nice -n 19); shift 2 ;;
      '--user '*) user=$2; shift 2 ;;
      '--read-only '*) options=ro; shift ;;
      '--tmpfs '*) mounts+=("mount -t tmpfs tmpfs $STAND_IN/root$2"); shift 2 ;;
      '--cap-drop ALL') privileges+=("--bounding-set=$CHROOT_NEEDS" --inh-caps=-all); shift 2 ;;
      '--security-opt no-new-privileges') privileges+=(--no-new-privs); shift 2 ;;
      '--env-file '*) while read -r line; do environment+=("$line"); done < "$2"; shift 2 ;;
      '--volume '*)
        IFS=: read -r from to mode <<< "$2"
        to=$STAND_IN/root$to
        # As Docker makes mount points, before the root is read-only.
        if [ -d "$from" ]; then mkdir -p "$to"; else mkdir -p "$(dirname "$to")"; touch "$to"; fi
        mounts+=("mount --bind $from $to" "mount -o remount,bind,${mode:-rw} $to")
        shift 2 ;;
      *) fail "unknown argument $1 ${2:-}" ;;
    esac
  done
  [ $# -gt 0 ] || fail 'no image'
  shift
  mkdir -p "$STAND_IN/root/proc" "$STAND_IN/root/dev" "$STAND_IN/root/tmp"
  touch "$STAND_IN/root/dev/null"
  local inside=(
    "mount --bind $STAND_IN/root $STAND_IN/root"
    "mount -t proc proc $STAND_IN/root/proc"
    "mount --bind /dev/null $STAND_IN/root/dev/null"
    "mount -o remount,bind,$options $STAND_IN/root"
    ${mounts[@]+"${mounts[@]}"}
    "exec setpriv ${privileges[*]-} chroot --userspec=$user --groups= $STAND_IN/root \
      /usr/bin/env -i $(printf '%q ' "${environment[@]}") $(cat "$STAND_IN/entrypoint") $(printf '%q ' "$@")"
  )
  echo $$ > "$STAND_IN/running-$name"
  exec ${slower[@]+"${slower[@]}"} unshare ${apart[@]+"${apart[@]}"} --mount --pid --fork --kill-child sh -euc "$(printf '%s\n' "${inside[@]}")"
}

stop() {
  [ "$1" = --time ] || fail "unknown argument $1"
  local inside
  inside=$(first_inside "$3")
  [ -n "$inside" ] || return 0
  kill -TERM $inside
  # Ends when the process does; SIGKILL after the time that was asked for.
  timeout "$2" tail --pid="${inside// /}" -f /dev/null || kill -KILL $inside
}

case "${1:-}" in
  run) shift; run "$@" ;;
  stop) shift; stop "$@" ;;
  exec)
    inside=$(first_inside "$2")
    shift 2
    exec nsenter --target "${inside// /}" --mount --pid --root --wd=/ --setuid 10001 --setgid 10001 \
      env -i $(tr '\n' ' ' < "$STAND_IN/environment") "$@" ;;
  rm)
    [ "$2" = --force ] || fail "unknown argument $2"
    [ -z "$(first_inside "$3")" ] || kill -KILL $(first_inside "$3") ;;
  *) fail "unknown command ${1:-}" ;;
esac
