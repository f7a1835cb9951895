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

# need_packages INSTALL FILE...: installs what is missing, as root or with sudo; with INSTALL = no only says what is.
need_packages() {
    local install=$1 missing=() name as_root=()
    shift
    if ! command -v dpkg-query >/dev/null; then
        [ "$install" = no ] && return 0
        fail "this is not a Debian system: install what tools/packages.txt lists by your system's means, then run with --no-install."
    fi
    for name in $(package_names "$@"); do
        dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing+=("$name")
    done
    [ ${#missing[@]} -eq 0 ] && return 0

    [ "$install" = yes ] || fail "these Debian packages are missing, and --no-install forbids to install them: ${missing[*]}"
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || fail "these Debian packages are missing, and I am neither root nor have sudo: ${missing[*]}"
        sudo -v || fail "these Debian packages are missing, and sudo was refused: ${missing[*]}"
        as_root=(sudo)
    fi
    say "Installing ${#missing[@]} missing Debian packages (a minute or two): ${missing[*]}"
    "${as_root[@]}" apt-get update -qq ||
        fail "apt-get update failed, so these packages cannot be installed: ${missing[*]}"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
        fail "apt-get could not install: ${missing[*]}"
}

# build DURATION TARGET: configures when needed and builds; DURATION says how long the first build of that target takes.
build() {
    local duration=$1 target=$2 built
    built=$build_dir/.built-$target
    mkdir -p "$build_dir" 2>/dev/null && [ -w "$build_dir" ] ||
        fail "I may not write to $build_dir: run me as the owner of this checkout."
    if [ ! -f "$build_dir/build.ninja" ]; then
        say "Configuring preset '$preset' in ${build_dir#"$root"/}"
        local launcher=()
        if command -v ccache >/dev/null; then
            launcher=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
        fi
        cmake -S "$root" --preset "$preset" "${launcher[@]}" >"$build_dir/configure.log" 2>&1 || {
            cat "$build_dir/configure.log" >&2
            rm -f "$build_dir/build.ninja"
            fail "cmake could not configure the project; its output is above."
        }
    fi
    if [ -f "$built" ]; then
        say "Building what has changed"
    else
        say "Building $target for the first time; this takes $duration on two cores"
    fi
    cmake --build "$build_dir" --target "$target" >&2 || fail "the build failed; the compiler's messages are above."
    touch "$built"
}
