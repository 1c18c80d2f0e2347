# For bash scripts that run something in another Debian, as root: installs it into a folder, and changes into that. Needs
# $root, the folder of the project, and cmake/packages.sh.
# shellcheck shell=bash disable=SC2154

# A script has its mounts in a namespace of its own, so that they go when it does: own_mounts SCRIPT ARGUMENT...
own_mounts() {
  [[ $(id -u) == 0 ]] || fail 'must run as root, since it changes into the folder where Debian is'
  [[ ${WEIR_MOUNTS-} == own ]] || WEIR_MOUNTS=own exec unshare --mount --propagation private -- "$@"
}

# install_debian FOLDER RELEASE MIRROR: RELEASE is 12 or 13. With an empty MIRROR, packages come from where apt takes those
# of this machine. What an earlier call installed is used.
install_debian() {
  local folder=$1 release=$2 mirror=$3 name
  name=$([[ $release == 12 ]] && echo bookworm || echo trixie)
  if [[ -e $folder/etc/debian_version ]]; then
    grep -q "^$release" "$folder/etc/debian_version" ||
      fail "\"$folder\" has Debian $(<"$folder/etc/debian_version"), and not $release"
    [[ ! -e $folder/debootstrap ]] || fail "the installation in \"$folder\" was broken off; remove the folder"
    return
  fi
  mkdir -p "$folder"
  [[ -z $(ls -A "$folder") ]] || fail "\"$folder\" is neither empty nor Debian $release"
  need_packages 'debootstrap debootstrap debootstrap debootstrap debootstrap debootstrap'
  if [[ -z $mirror ]]; then
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Origin: Debian' 'Label: Debian' 'Created-By: Packages' | sed -n 1p)
    [[ -n $mirror ]] || fail 'apt has no packages of Debian on this machine; give a --mirror'
  fi
  say "Installing Debian $release into $folder"
  debootstrap --variant=minbase "$name" "$folder" "$mirror" >&2
}

# copy_project FOLDER: what is under version control or could be, over the copy of an earlier call, whose build is kept.
copy_project() {
  mkdir -p "$1"
  find "$1" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} +
  (cd "$root" && git ls-files -z --cached --others --exclude-standard | xargs -0 ls -d 2>/dev/null | tar -cT -) | tar -xC "$1"
}

# in_debian FOLDER WHERE COMMAND...: runs COMMAND in the Debian of FOLDER, in its folder WHERE.
in_debian() {
  local folder=$1 where=$2
  shift 2
  mountpoint -q "$folder/proc" || mount --rbind /proc "$folder/proc"
  mountpoint -q "$folder/dev" || mount --rbind /dev "$folder/dev"
  cp -L /etc/resolv.conf "$folder/etc/resolv.conf"
  apt-config dump Acquire::http Acquire::https >"$folder/etc/apt/apt.conf.d/90machine"
  chroot "$folder" env --chdir="$where" PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
    DEBIAN_FRONTEND=noninteractive "$@"
}

# Unmounts what in_debian has mounted, and removes the folder.
remove_debian() {
  umount --recursive "$1/proc" "$1/dev" 2>/dev/null || true
  rm -rf --one-file-system "$1"
}
