# Sourced by the tools: say what happens, install what is missing, configure, build.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
preset=${IOVP_PRESET:-release}
build_dir=$root/build/$preset

say() { printf '==> %s\n' "$*" >&2; }

fail() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 2
}

# package_names FILE...: the first word of every line that is not a comment.
package_names() { sed -e 's/#.*//' -e 's/[[:space:]].*//' -e '/^$/d' "$@"; }

# install_packages FILE...: installs what is missing, as root or with sudo.
install_packages() {
    command -v dpkg-query >/dev/null || fail "this is not a Debian system: install the packages of tools/packages.txt by your system's means, then run with --no-install."
    local missing=() name
    for name in $(package_names "$@"); do
        dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing+=("$name")
    done
    [ ${#missing[@]} -eq 0 ] && return 0

    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || fail "these Debian packages are missing and I am neither root nor have sudo: ${missing[*]}"
        as_root=(sudo)
    fi
    say "Installing ${#missing[@]} missing Debian packages (a minute or two): ${missing[*]}"
    "${as_root[@]}" apt-get update -qq ||
        fail "apt-get update failed, so these packages cannot be installed: ${missing[*]}"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
        fail "apt-get could not install: ${missing[*]}"
}

# build TARGET...: configures when needed and builds. "all" for everything.
build() {
    if [ ! -f "$build_dir/build.ninja" ]; then
        say "Configuring preset '$preset' in ${build_dir#"$root"/}"
        local launcher=()
        if command -v ccache >/dev/null; then
            launcher=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
        fi
        cmake -S "$root" --preset "$preset" "${launcher[@]}" >"$root/build-$preset.log" 2>&1 || {
            cat "$root/build-$preset.log" >&2
            rm -f "$root/build-$preset.log"
            fail "cmake could not configure the project; its output is above."
        }
        rm -f "$root/build-$preset.log"
        say "Building for the first time; this takes $1 on two cores"
    else
        say "Building what has changed"
    fi
    shift
    cmake --build "$build_dir" --target "$@" >&2 || fail "the build failed; the compiler's messages are above."
}
