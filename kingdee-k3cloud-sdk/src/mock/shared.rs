//! What the clones of a site share.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::settings::Settings;
use super::world::World;

/// The settings and the world of a site.
pub(super) struct Shared {
    settings: Settings,
    world: Mutex<World>,
}

impl Shared {
    pub(super) fn new(settings: Settings) -> Self {
        let world = World::new(settings.seed, settings.faults.clone(), settings.rights.clone());
        Self { settings, world: Mutex::new(world) }
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
