"""The recipe of weir for Conan 2. It packages the sources that it lies in; see README.md beside it."""
import re
from pathlib import Path

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load


class Weir(ConanFile):
    name = "weir"
    package_type = "library"
    license = "Apache-2.0"
    description = "A stream processing runtime that a C++20 program links as a library"
    topics = ("stream-processing", "dataflow", "exactly-once", "event-time")
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False], "kafka": [True, False], "tools": [True, False]}
    default_options = {"shared": False, "kafka": False, "tools": True}

    @property
    def _root(self):
        return Path(self.recipe_folder).parents[2]

    def set_version(self):
        found = re.search(r"project\(weir VERSION ([0-9.]+)", load(self, self._root / "CMakeLists.txt"))
        self.version = self.version or found[1]

    def export_sources(self):
        for pattern in ("CMakeLists.txt", "CMakePresets.json", "LICENSE", "cmake/*", "include/*", "src/*", "workers/*"):
            copy(self, pattern, self._root, self.export_sources_folder)

    def layout(self):
        cmake_layout(self)

    def validate(self):
        check_min_cppstd(self, 20)

    def requirements(self):
        # A program that includes weir's headers includes these too.
        self.requires("boost/[>=1.81 <2]", transitive_headers=True, libs=False)
        self.requires("cereal/[>=1.3.2 <2]", transitive_headers=True)
        self.requires("simdjson/[>=3.0.1 <5]")
        self.requires("spdlog/[>=1.10 <2]")
        self.requires("sqlite3/[>=3.40 <4]")
        if self.options.kafka:
            self.requires("librdkafka/[>=2.0.2 <3]")

    def build_requirements(self):
        # Headers that only src/ includes.
        self.test_requires("cli11/[>=2.3 <3]")
        self.test_requires("rapidjson/cci.20230929")
        self.test_requires("xxhash/[>=0.8.1 <1]")

    def generate(self):
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["WEIR_BUILD_TESTS"] = False
        toolchain.cache_variables["WEIR_BUILD_BENCH"] = False
        toolchain.cache_variables["WEIR_BUILD_WORKERS"] = bool(self.options.tools)
        toolchain.cache_variables["WEIR_KAFKA"] = "ON" if self.options.kafka else "OFF"
        toolchain.cache_variables["WEIR_COMPILE_TOGETHER"] = True
        toolchain.generate()
        CMakeDeps(self).generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        copy(self, "LICENSE", self.source_folder, Path(self.package_folder) / "licenses")
        CMake(self).install()

    def package_info(self):
        # Programs find it as they find any installed weir: find_package(weir COMPONENTS kafka).
        self.cpp_info.set_property("cmake_find_mode", "none")
        self.cpp_info.builddirs = ["lib/cmake/weir"]
        self.cpp_info.set_property("pkg_config_name", "none")
        self.cpp_info.libs = ["weir_kafka", "weir"] if self.options.kafka else ["weir"]
        self.cpp_info.system_libs = ["pthread"]
