# For bash scripts that build the project: says or installs what is missing, and builds. Everything is said on standard
# error, so that standard output is the caller's. Needs $root, the folder of the project.
# shellcheck shell=bash disable=SC2034,SC2154

say() { printf '%s\n' "$*" >&2; }

# What the project is made with: the probe that shows whether it is there, then its package on Debian and Ubuntu,
# Fedora, Arch, openSUSE and Homebrew. Of several Debian names, divided by |, the first that exists is taken.
# A probe is a command, a header, or a function of this file.
packages_to_build='
g++                                       g++                        gcc-c++         gcc           gcc-c++             gcc
cmake                                     cmake                      cmake           cmake         cmake               cmake
ninja                                     ninja-build                ninja-build     ninja         ninja               ninja
boost/unordered/unordered_flat_map.hpp    libboost1.81-dev|libboost-dev  boost-devel boost         boost-devel         boost
cereal/cereal.hpp                         libcereal-dev              cereal-devel    cereal        cereal-devel        cereal
spdlog/spdlog.h                           libspdlog-dev              spdlog-devel    spdlog        spdlog-devel        spdlog
CLI/CLI.hpp                               libcli11-dev               cli11-devel     cli11         cli11-devel         cli11
rapidjson/reader.h                        rapidjson-dev              rapidjson-devel rapidjson     rapidjson-devel     rapidjson
simdjson.h                                libsimdjson-dev            simdjson-devel  simdjson      simdjson-devel      simdjson
sqlite3.h                                 libsqlite3-dev             sqlite-devel    sqlite        sqlite3-devel       sqlite
xxhash.h                                  libxxhash-dev              xxhash-devel    xxhash        xxhash-devel        xxhash
librdkafka/rdkafka.h                      librdkafka-dev             librdkafka-devel librdkafka   librdkafka-devel    librdkafka
'
packages_to_test='
git                                       git                        git             git           git                 git
gtest/gtest.h                             libgtest-dev               gtest-devel     gtest         gtest               googletest
gmock/gmock.h                             libgmock-dev               gmock-devel     gtest         gmock               googletest
benchmark/benchmark.h                     libbenchmark-dev           google-benchmark-devel benchmark benchmark-devel  google-benchmark
clang++-19                                clang-19                   clang           clang         clang19             llvm@19
has_sanitizers                            libclang-rt-19-dev         compiler-rt     compiler-rt   clang19             llvm@19
clang-format-19                           clang-format-19            clang-tools-extra clang       clang19             llvm@19
clang-tidy-19                             clang-tidy-19              clang-tools-extra clang       clang19             llvm@19
has_lld                                   lld-19                     lld             lld           lld19               lld
has_symbolizer                            llvm-19                    llvm            llvm          llvm19              llvm@19
python3                                   python3                    python3         python        python3             python3
chromium                                  chromium                   chromium        chromium      chromium            chromium
chromedriver                              chromium-driver            chromedriver    chromium      chromedriver        chromedriver
java                                      default-jre-headless       java-latest-openjdk-headless jre-openjdk-headless java-21-openjdk-headless openjdk
mvn                                       maven                      maven           maven         maven               maven
'
packages_for_site='
doxygen                                   doxygen                    doxygen         doxygen       doxygen             doxygen
dot                                       graphviz                   graphviz        graphviz      graphviz            graphviz
python3                                   python3                    python3         python        python3             python3
mkdocs                                    mkdocs                     mkdocs          mkdocs        mkdocs              mkdocs
has_mkdocs_theme                          mkdocs-material            mkdocs-material mkdocs-material mkdocs-material   mkdocs-material
'

has_sanitizers() {
  compgen -G "$(clang++-19 -print-resource-dir 2>/dev/null)/lib/*/libclang_rt.fuzzer*" >/dev/null
}

has_lld() {
  command -v ld.lld-19 || command -v ld.lld
} >/dev/null

has_symbolizer() {
  command -v llvm-symbolizer-19 || command -v llvm-symbolizer || [[ -x /usr/lib/llvm-19/bin/llvm-symbolizer ]]
} >/dev/null

has_mkdocs_theme() {
  mkdocs build --help 2>/dev/null | grep -q '\bmaterial\b'
}

is_there() {
  local folder
  case $1 in
    has_*) "$1" ;;
    *.h | *.hpp)
      for folder in /usr/include /usr/local/include /opt/homebrew/include; do
        [[ ! -e $folder/$1 ]] || return 0
      done
      return 1
      ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

# The lines of the tables whose probe finds nothing.
missing_of() {
  local line
  while read -r line; do
    [[ -z $line ]] || is_there "${line%% *}" || printf '%s\n' "$line"
  done <<<"$*"
}

# Which column of the tables this system is described by; 0 if by none.
system_column() {
  local ID='' ID_LIKE=''
  if [[ -r /etc/os-release ]]; then
    . /etc/os-release
  elif [[ $(uname -s) == Darwin ]]; then
    ID=macos
  fi
  case " $ID $ID_LIKE " in
    *' debian '* | *' ubuntu '*) echo 2 ;;
    *' fedora '* | *' rhel '*) echo 3 ;;
    *' arch '*) echo 4 ;;
    *suse*) echo 5 ;;
    *' macos '*) echo 6 ;;
    *) echo 0 ;;
  esac
}

# Runs apt-get as root, and waits for up to ten minutes while another program uses it.
apt_get() {
  local as_root=() log status deadline=$((SECONDS + 600))
  if [[ $(id -u) != 0 ]]; then
    as_root=(sudo)
  fi
  log=$(mktemp)
  while true; do
    status=0
    ${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive \
      apt-get -qq -o DPkg::Lock::Timeout=60 "$@" >"$log" 2>&1 </dev/null || status=$?
    if [[ $status == 0 ]] || ! grep -q 'Could not get lock\|Unable to acquire\|Unable to lock' "$log" ||
      [[ $SECONDS -ge $deadline ]]; then
      break
    fi
    say "Another program installs packages; waiting for it."
    sleep 5
  done
  [[ $status == 0 ]] || cat "$log" >&2
  rm -f "$log"
  return "$status"
}

# The Debian names in lines of the tables; of NAME|NAME the first that can be installed.
debian_names() {
  local columns name known candidate
  while read -r -a columns; do
    known=${columns[1]%%|*}
    for name in ${columns[1]//|/ }; do
      # "(none)" of a package that is only named by others; apt-cache show succeeds for such a one too.
      candidate=$(LC_ALL=C apt-cache policy "$name" 2>/dev/null | sed -n 's/^  Candidate: //p')
      if [[ -n $candidate && $candidate != '(none)' ]]; then
        known=$name
        break
      fi
    done
    echo "$known"
  done <<<"$*"
}

# need_packages TABLE...: installs what is missing, or says what is missing and fails.
need_packages() {
  local missing column columns names
  missing=$(missing_of "$@")
  [[ -n $missing ]] || return 0

  column=$(system_column)
  if [[ $column != 2 ]]; then
    say "Missing on this system, which is not Debian or Ubuntu; please install:"
    while read -r -a columns; do
      if [[ $column == 0 ]]; then
        say "  ${columns[0]} (package ${columns[1]} on Debian)"
      else
        say "  ${columns[0]} (package ${columns[column - 1]} here)"
      fi
    done <<<"$missing"
    return 1
  fi
  if [[ $(id -u) != 0 ]] && ! command -v sudo >/dev/null; then
    say "Missing; as root, please run: apt-get install $(debian_names "$missing" | xargs)"
    return 1
  fi

  apt_get update || say "Going on with the lists of packages that are there."
  names=$(debian_names "$missing" | xargs)
  say "Installing $names"
  # shellcheck disable=SC2086  # many names in one string
  apt_get install --no-install-recommends $names

  missing=$(missing_of "$@")
  if [[ -n $missing ]]; then
    say "Still missing, though its package is installed: $(awk '{ print $1 }' <<<"$missing" | xargs)"
    return 1
  fi
}

# Puts Debian's Prometheus on the path, for tests. Installing its package starts a server on this machine, so it is only
# unpacked. Elsewhere, tests that need it are skipped.
unpack_prometheus() {
  local folder=$root/build/prometheus
  PATH+=:$folder/usr/bin
  ! is_there prometheus || ! is_there promtool || return 0
  [[ $(system_column) == 2 ]] || return 0
  say "Unpacking prometheus"
  mkdir -p "$folder"
  (
    cd "$folder" || exit 1
    rm -f prometheus_*.deb
    apt_get download prometheus 2>/dev/null || { apt_get update && apt_get download prometheus; } || exit 1
    dpkg -x prometheus_*.deb . && rm prometheus_*.deb
  )
}

# build PRESET [TARGET...]: one at a time in a folder, and in silence where there is nothing to do.
build() {
  local folder=$root/build/$1
  shift
  (
    ! command -v flock >/dev/null || flock 9
    cmake --build "$folder" --parallel "$(cores)" ${1+--target "$@"} -- ${ninja_flags[@]+"${ninja_flags[@]}"} 2>&1 |
      sed '/^ninja: no work to do\.$/d' >&2
  ) 9>"$folder/.lock"
}
ninja_flags=()

cores() { getconf _NPROCESSORS_ONLN; }
