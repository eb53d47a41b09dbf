# The first steps of scripts/up and scripts/test, before any TypeScript can run: dependencies and Node.
# Sourced in the root of the checkout. Leaves node_modules/.bin first on PATH, and `node` there or behind it.

# One line that says what is wrong and what to do.
refuse() {
  printf '%s\n' "$1" >&2
  exit 1
}

now_tenths() {
  time=$(date +%s%N)
  case $time in
    *N) echo "${time%N}0" ;; # a date without %N
    *) echo "${time%????????}" ;;
  esac
}

# The line of a step, as steps.ts prints it: mark, title, tenths of a second.
step_line() {
  [ ! -t 1 ] || printf '\r'
  printf '  %s %-54s %5d.%d s\n' "$1" "$2" "$(($3 / 10))" "$(($3 % 10))"
}

# Installs what the lock file says, unless that is what was installed last.
install_dependencies() {
  command -v npm >/dev/null || refuse 'npm is missing: install Node 20 or later with npm (https://nodejs.org/en/download).'
  installed=node_modules/.installed-package-lock.json
  ! cmp -s package-lock.json "$installed" || return 0
  title='Dependencies (npm ci)'
  [ ! -t 1 ] || printf '  … %s' "$title"
  began=$(now_tenths)
  output=$(mktemp)
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >"$output" 2>&1 &
  npm=$!
  trap 'kill "$npm" 2>/dev/null; wait "$npm"; rm -f "$output"; exit 130' HUP INT TERM
  if wait "$npm"; then
    trap - HUP INT TERM
    cp package-lock.json "$installed"
    rm -f "$output"
    step_line ✓ "$title" "$(($(now_tenths) - began))"
  else
    trap - HUP INT TERM
    step_line ✗ "$title" "$(($(now_tenths) - began))"
    head -n 15 "$output" | sed 's/^/  | /' >&2
    rm -f "$output"
    refuse 'npm could not install the dependencies: check the network and the registry, then run this again.'
  fi
}

# On Linux a package carries the right Node. Elsewhere, or where that one cannot run and so must not stand in
# the way on PATH, the machine has to have it.
choose_node() {
  node_modules/.bin/node --version >/dev/null 2>&1 || rm -f node_modules/.bin/node
  PATH=$PWD/node_modules/.bin:$PATH
  export PATH
  version=$(node --version 2>/dev/null) || refuse 'Node is missing: install Node 24 or later (https://nodejs.org/en/download).'
  major=${version#v}
  [ "${major%%.*}" -ge 24 ] || refuse "Node is $version: install Node 24 or later (https://nodejs.org/en/download)."
}
