#include "page/page_files.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::detail::page {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::filesystem::path kFolder = std::filesystem::path{WEIR_SOURCE_DIR} / "src/page";

std::string read(const std::filesystem::path& file) {
  std::ifstream stream{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{stream}, {}};
}

std::string_view content_at(std::string_view path) {
  for (const PageFile& file : page_files()) {
    if (file.path == path) {
      return file.content;
    }
  }
  return {};
}

TEST(PageFiles, WhenReadThenTheyHaveTheBytesOfTheirFiles) {
  EXPECT_TRUE(content_at("/") == read(kFolder / "page.html"));
  for (const PageFile& file : page_files()) {
    if (file.path != "/") {
      EXPECT_TRUE(file.content == read(kFolder / file.path.substr(1))) << file.path;
    }
  }
}

TEST(PageFiles, WhenTheFolderHasAFileForABrowserThenItIsServed) {
  for (const auto& entry : std::filesystem::directory_iterator{kFolder}) {
    const std::string name = entry.path().filename();
    if (name.ends_with(".js") || name.ends_with(".css")) {
      EXPECT_FALSE(content_at("/" + name).empty()) << name;
    }
  }
}

TEST(PageFiles, WhenReadThenNothingInThemIsInlineOrFromElsewhere) {
  const std::string html{content_at("/")};
  EXPECT_THAT(html, Not(HasSubstr("<style")));
  EXPECT_THAT(html, Not(HasSubstr("style=")));
  EXPECT_THAT(html, Not(HasSubstr(" onclick")));
  EXPECT_THAT(html, Not(HasSubstr("<script>")));
  EXPECT_THAT(html, Not(HasSubstr("https://")));
  EXPECT_THAT(html, Not(HasSubstr("src=\"//")));
}

TEST(PageFiles, WhenReadThenNoScriptMakesMarkupOfText) {
  for (const PageFile& file : page_files()) {
    for (const std::string_view call : {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("}) {
      EXPECT_EQ(file.content.find(call), std::string_view::npos) << call << " in " << file.path;
    }
  }
}

}  // namespace
}  // namespace weir::detail::page
