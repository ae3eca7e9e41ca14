//! Drills: scenarios, their schedule on a virtual clock, injects and scoring.
