//! The walls around a function at level `process`: what it may read, write, signal and become.
//!
//! Prepared in the launcher and raised between fork and exec. Every wall is best effort, because
//! kernels differ; which ones stand is reported with the start, and `doctor` prints it.

use super::Plan;
use landlock::{
    ABI, Access, AccessFs, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetCreatedAttr,
    RulesetError, RulesetStatus, Scope, path_beneath_rules,
};
use rustix::mount::{
    MountFlags, MountPropagationFlags, mount_bind_recursive, mount_change, mount_remount,
};
use rustix::thread::{
    CapabilitySet, CapabilitySets, UnshareFlags, clear_ambient_capability_set,
    remove_capability_from_bounding_set, set_capabilities,
};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What every program needs to run at all. Named one by one: `/etc` as a whole would hold the
/// host's secrets, and neither home directories nor `/opt`, `/srv` and `/var/lib` are here.
const SYSTEM_READABLE: [&str; 36] = [
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/nix/store",
    "/proc",
    "/sys/devices/system/cpu",
    "/sys/fs/cgroup",
    "/run/systemd/resolve",
    "/run/resolvconf",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/ssl",
    "/etc/pki",
    "/etc/ca-certificates",
    "/etc/crypto-policies",
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/host.conf",
    "/etc/gai.conf",
    "/etc/nsswitch.conf",
    "/etc/protocols",
    "/etc/services",
    "/etc/passwd",
    "/etc/group",
    "/etc/localtime",
    "/etc/timezone",
    "/etc/mime.types",
    "/etc/os-release",
    "/etc/alternatives",
    "/etc/fonts",
    "/etc/terminfo",
    "/etc/inputrc",
];

const DEVICES_WRITABLE: [&str; 5] =
    ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

/// The directory that every function may read and that holds `path`, if there is one.
pub(crate) fn readable_by_all(path: &Path) -> Option<&'static str> {
    SYSTEM_READABLE.into_iter().find(|system| path.starts_with(system))
}

/// Everything that is decided before the fork.
pub(super) struct Walls {
    tmp_is_private: bool,
    readable: Vec<PathBuf>,
    writable: Vec<PathBuf>,
}

impl Walls {
    /// Enters the mount namespace in which the function will run, and fits the plan to it.
    pub(super) fn prepare(plan: &mut Plan) -> Walls {
        // A host that forbids mount namespaces leaves the function a directory of another name.
        let tmp_is_private = enter_private_tmp(plan).is_ok();
        if tmp_is_private {
            for name in ["HOME", "TMPDIR"] {
                let own = plan.private_tmp.to_string_lossy();
                if let Some(value) = plan.environment.get_mut(name)
                    && *value == own
                {
                    "/tmp".clone_into(value);
                }
            }
            plan.writable.push(PathBuf::from("/tmp"));
        }
        let system = SYSTEM_READABLE.iter().map(PathBuf::from);
        let readable = system.chain(plan.readable.iter().cloned()).collect();
        Walls { tmp_is_private, readable, writable: plan.writable.clone() }
    }

    /// Raises all walls around the calling process, for ever. Gives the names of those that stand.
    pub(super) fn raise(&self) -> io::Result<Vec<&'static str>> {
        let mut standing = vec!["rlimits", "no-capabilities", "no-new-privileges"];
        if self.tmp_is_private {
            standing.push("private-tmp");
        }
        drop_capabilities();
        // The kernel's out-of-memory killer should take a function before it takes the server.
        let _ = fs::write("/proc/self/oom_score_adj", "500");
        rustix::thread::set_no_new_privs(true)?;
        match self.restrict_files().map_err(io::Error::other)? {
            RulesetStatus::FullyEnforced => standing.push("landlock"),
            RulesetStatus::PartiallyEnforced => standing.push("landlock-partly"),
            RulesetStatus::NotEnforced => {}
        }
        Ok(standing)
    }

    fn restrict_files(&self) -> Result<RulesetStatus, RulesetError> {
        let abi = ABI::V6;
        let devices = AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::IoctlDev;
        let ruleset = Ruleset::default()
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::from_all(abi))?
            // A handler has the server's user id here; without this it could signal it.
            .scope(Scope::Signal | Scope::AbstractUnixSocket)?
            .create()?
            .add_rules(path_beneath_rules(&self.readable, AccessFs::from_read(abi)))?
            .add_rules(path_beneath_rules(DEVICES_WRITABLE, devices))?
            .add_rules(path_beneath_rules(&self.writable, AccessFs::from_all(abi)))?;
        Ok(ruleset.restrict_self()?.ruleset)
    }
}

/// Enters a mount namespace in which the function's own directory is `/tmp`, because handlers
/// write there by name, and what one function leaves there is no other's business.
fn enter_private_tmp(plan: &Plan) -> io::Result<()> {
    unshare_mounts()?;
    // Nothing mounted here may travel back to the host.
    mount_change("/", MountPropagationFlags::REC | MountPropagationFlags::PRIVATE)?;
    // What the function needs and lies under the host's /tmp would be hidden with it.
    for path in &plan.readable {
        let Ok(inside) = path.strip_prefix("/tmp") else { continue };
        let target = plan.private_tmp.join(inside);
        if path.is_dir() {
            fs::create_dir_all(&target)?;
        } else if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
            fs::File::create(&target)?;
        }
        mount_bind_recursive(path, &target)?;
        // Below a writable /tmp, so Landlock alone would let it be written.
        mount_remount(&target, MountFlags::BIND | MountFlags::RDONLY, "")?;
    }
    mount_bind_recursive(&plan.private_tmp, "/tmp")?;
    Ok(())
}

/// Enters an own mount namespace; without privilege by way of an own user namespace.
fn unshare_mounts() -> io::Result<()> {
    if unshare(UnshareFlags::NEWNS).is_ok() {
        return Ok(());
    }
    let (user, group) = (rustix::process::geteuid(), rustix::process::getegid());
    unshare(UnshareFlags::NEWUSER | UnshareFlags::NEWNS)?;
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/uid_map", format!("{0} {0} 1", user.as_raw()))?;
    fs::write("/proc/self/gid_map", format!("{0} {0} 1", group.as_raw()))
}

fn unshare(flags: UnshareFlags) -> io::Result<()> {
    // SAFETY: only namespaces are unshared, never the file table, so no descriptor that
    // another owner relies on changes its meaning; and this process has a single thread.
    #[expect(unsafe_code, reason = "namespaces have no safe interface")]
    unsafe {
        rustix::thread::unshare_unsafe(flags)?;
    }
    Ok(())
}

/// Gives up every capability, now and across exec. Root without any is an ordinary user who
/// happens to own root's files, and those are behind Landlock.
fn drop_capabilities() {
    for bit in 0..u64::BITS {
        let capability = CapabilitySet::from_bits_retain(1 << bit);
        // Ends with the first number this kernel does not know, or without privilege at once.
        if remove_capability_from_bounding_set(capability).is_err() {
            break;
        }
    }
    let _ = clear_ambient_capability_set();
    let none = CapabilitySet::empty();
    let _ = set_capabilities(
        None,
        CapabilitySets { effective: none, permitted: none, inheritable: none },
    );
}
