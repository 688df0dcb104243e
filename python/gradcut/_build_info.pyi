"""What this build of gradcut contains (written by CMake)."""

VERSION: str
ROOT_VERSION: str
