#!/bin/sh
# Collects node, curl and their libraries into a folder, as they stand in a runtime image. Libraries that the runtime image
# brings itself (the C and C++ runtime, OpenSSL) stay out, so that an update of that image reaches them.
set -eu
target=$1
carried=' libc6 libgcc-s1 libstdc++6 libssl3 '

command -v curl > /dev/null || {
  apt-get update -q
  apt-get install -y -q --no-install-recommends curl
}
mkdir -p "$target/usr/bin" "$target/usr/local/bin" "$target/usr/lib" "$target/var/lib/dpkg/status.d"
cp "$(command -v node)" "$target/usr/local/bin/node"
cp "$(command -v curl)" "$target/usr/bin/curl"
dpkg -s curl > "$target/var/lib/dpkg/status.d/curl"

ldd "$(command -v node)" "$(command -v curl)" | awk '$2 == "=>" && $3 ~ /^\// { print $3 }' | sort -u |
  while read -r library; do
    file=$(readlink -f "$library")
    package=$(dpkg -S "*/$(basename "$file")" | head -n 1 | cut -d : -f 1)
    case "$carried" in *" $package "*) continue ;; esac
    folder=$target/usr/lib/$(basename "$(dirname "$library")")
    mkdir -p "$folder"
    cp "$file" "$folder/$(basename "$library")"
    dpkg -s "$package" > "$target/var/lib/dpkg/status.d/$package"
  done
