//! What the clones of a site share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::settings::Settings;
use super::world::World;

/// The settings and the world of a site.
pub(super) struct Shared {
    settings: Mutex<Arc<Settings>>,
    world: Mutex<World>,
}

impl Shared {
    pub(super) fn new(settings: Settings) -> Self {
        let world = World::new(settings.seed, settings.faults.clone(), settings.rights.clone());
        Self { settings: Mutex::new(Arc::new(settings)), world: Mutex::new(world) }
    }

    /// The settings as they are now; base data may change.
    pub(super) fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.settings.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the settings from the next call on.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut Settings) -> T) -> T {
        let mut settings = self.settings.lock().unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut settings))
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
