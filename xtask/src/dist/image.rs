//! The container image, made of the archive's tree where a builder is at hand. Its recipe and the example for compose are
//! read by the tests here: what an image may not have is found without a builder, too.

use std::path::Path;

use anyhow::Result;
use xshell::{Shell, cmd};

use super::leave_out;

/// Each answers `info` only where it can build.
const BUILDERS: [&str; 3] = ["docker", "podman", "buildah"];

/// Builds it as `refund-sync:VERSION` and lets it run its demonstration, read-only, without a network.
pub(super) fn build(sh: &Shell, tree: &Path) -> Result<()> {
    let can_build =
        |builder: &&str| cmd!(sh, "{builder} info").quiet().ignore_stdout().ignore_stderr().run().is_ok();
    let Some(builder) = BUILDERS.into_iter().find(can_build) else {
        return leave_out("no builder answers (docker, podman, buildah), so there is no image");
    };
    let image = concat!("refund-sync:", env!("CARGO_PKG_VERSION"));
    // In docker's own format: the other one knows of no health check.
    let format: &[&str] = if builder == "docker" { &[] } else { &["--format", "docker"] };
    cmd!(sh, "{builder} build {format...} --file {tree}/Containerfile --tag {image} {tree}").run()?;
    if builder == "buildah" {
        let container = cmd!(sh, "buildah from {image}").read()?;
        let shown =
            cmd!(sh, "buildah run --mount type=tmpfs,destination=/tmp {container} -- /refund-sync demo")
                .run();
        cmd!(sh, "buildah rm {container}").quiet().ignore_stdout().run()?;
        shown?;
    } else {
        cmd!(sh, "{builder} run --rm --read-only --tmpfs /tmp --network none {image} demo").run()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::Value;

    fn file(name: &str) -> String {
        fs::read_to_string(crate::workspace_root().unwrap().join("refund-sync/ops").join(name)).unwrap()
    }

    #[test]
    fn the_image_is_the_program_alone_run_by_nobody_and_asked_how_it_is() {
        let recipe = file("Containerfile");
        let last = recipe.rsplit_once("\nFROM ").unwrap().1;
        assert!(last.starts_with("scratch\n"), "{last}");
        for needed in ["\nUSER 65532:65532\n", "\nHEALTHCHECK ", "\nENTRYPOINT [\"/refund-sync\","] {
            assert!(last.contains(needed), "{needed:?} in {last}");
        }
        for refused in ["\nRUN ", "\nADD ", ":latest"] {
            assert!(!last.contains(refused), "{refused:?} in {last}");
        }
    }

    #[test]
    fn what_the_recipe_copies_is_in_the_archive() {
        let recipe = file("Containerfile");
        let copied = recipe.lines().filter(|line| line.starts_with("COPY ") && !line.contains("--from="));
        let copied: Vec<_> = copied
            .filter_map(|line| line.split(' ').find(|word| !word.contains("--") && *word != "COPY"))
            .collect();
        assert_eq!(copied, ["refund-sync"]);
    }

    #[test]
    fn compose_runs_it_without_rights_on_a_root_that_is_read_only() {
        let compose: Value = serde_yaml_ng::from_str(&file("compose.yml")).unwrap();
        let service = &compose["services"]["refund-sync"];
        assert_eq!(service["read_only"], true);
        assert_eq!(service["cap_drop"][0], "ALL");
        assert_eq!(service["security_opt"][0], "no-new-privileges:true");
        assert!(service["ports"][0].as_str().unwrap().starts_with("127.0.0.1:"), "{service}");
        for (name, service) in compose["services"].as_object().unwrap() {
            let image = service["image"].as_str().unwrap();
            assert!(image.contains(':') && !image.ends_with(":latest"), "{name}: {image}");
            assert!(service["secrets"].as_array().is_some_and(|secrets| !secrets.is_empty()), "{name}");
        }
    }
}
