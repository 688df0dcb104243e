#include "Json.hxx"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace GradCut {
namespace Internal {
namespace {

/// Twice the height of an expression's tree (gradcut.expressions.MAX_DEPTH) and what stands around it.
constexpr int kMaxDepth = 250;

constexpr const char *kKindNames[] = {"null", "a truth value", "a number", "text", "a list", "an object"};

bool IsDigit(char c)
{
   return c >= '0' && c <= '9';
}

void AppendUtf8(std::string &text, unsigned code)
{
   if (code < 0x80) {
      text += static_cast<char>(code);
   } else if (code < 0x800) {
      text += static_cast<char>(0xC0 | (code >> 6));
      text += static_cast<char>(0x80 | (code & 0x3F));
   } else if (code < 0x10000) {
      text += static_cast<char>(0xE0 | (code >> 12));
      text += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
      text += static_cast<char>(0x80 | (code & 0x3F));
   } else {
      text += static_cast<char>(0xF0 | (code >> 18));
      text += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
      text += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
      text += static_cast<char>(0x80 | (code & 0x3F));
   }
}

} // namespace

/// Recursive descent over the text; fAt is the next character.
class JsonParser {
public:
   explicit JsonParser(const std::string &text) : fText(text) {}

   JsonValue Document()
   {
      auto value = Value("", 0);
      SkipSpace();
      if (fAt != fText.size())
         Fail("something follows the document");
      return value;
   }

private:
   [[noreturn]] void Fail(const std::string &problem) const
   {
      const auto line = 1 + std::count(fText.begin(), fText.begin() + static_cast<std::ptrdiff_t>(fAt), '\n');
      throw std::invalid_argument("this is not JSON, or it is damaged: line " + std::to_string(line) + ": " + problem);
   }

   char Peek() const { return fAt < fText.size() ? fText[fAt] : '\0'; }

   void SkipSpace()
   {
      while (fAt < fText.size() && std::strchr(" \t\n\r", fText[fAt]) && fText[fAt] != '\0')
         ++fAt;
   }

   void Take(char wanted)
   {
      SkipSpace();
      if (Peek() != wanted || fAt >= fText.size())
         Fail(std::string("expected '") + wanted + "'");
      ++fAt;
   }

   bool TakeIf(char wanted)
   {
      SkipSpace();
      const bool found = fAt < fText.size() && fText[fAt] == wanted;
      fAt += found;
      return found;
   }

   JsonValue Value(const std::string &path, int depth)
   {
      if (depth > kMaxDepth)
         Fail("nested more than " + std::to_string(kMaxDepth) + " levels deep");
      SkipSpace();
      JsonValue value;
      value.fPath = path;
      const char c = Peek();
      if (c == '{') {
         value.fKind = JsonValue::EKind::kObject;
         Object(value, depth);
      } else if (c == '[') {
         value.fKind = JsonValue::EKind::kArray;
         Array(value, depth);
      } else if (c == '"') {
         value.fKind = JsonValue::EKind::kString;
         value.fText = Text();
      } else if (c == '-' || IsDigit(c)) {
         value.fKind = JsonValue::EKind::kNumber;
         value.fText = Number();
      } else {
         value.fKind = Word();
      }
      return value;
   }

   void Object(JsonValue &value, int depth)
   {
      Take('{');
      if (TakeIf('}'))
         return;
      do {
         SkipSpace();
         auto key = Text();
         for (const auto &member : value.fMembers) {
            if (member.first == key)
               Fail("the key '" + key + "' stands twice in an object");
         }
         Take(':');
         const auto path = value.fPath.empty() ? key : value.fPath + "." + key;
         value.fMembers.emplace_back(std::move(key), Value(path, depth + 1));
      } while (TakeIf(','));
      Take('}');
   }

   void Array(JsonValue &value, int depth)
   {
      Take('[');
      if (TakeIf(']'))
         return;
      do {
         value.fItems.push_back(Value(value.fPath + "[" + std::to_string(value.fItems.size()) + "]", depth + 1));
      } while (TakeIf(','));
      Take(']');
   }

   std::string Text()
   {
      if (Peek() != '"')
         Fail("expected text in quotes");
      ++fAt;
      std::string text;
      while (true) {
         if (fAt >= fText.size())
            Fail("text without its closing quote");
         const char c = fText[fAt++];
         if (c == '"')
            return text;
         if (static_cast<unsigned char>(c) < 0x20)
            Fail("a control character in a text");
         if (c == '\\')
            Escape(text);
         else
            text += c;
      }
   }

   void Escape(std::string &text)
   {
      static const char *const kFrom = "\"\\/bfnrt";
      static const char *const kTo = "\"\\/\b\f\n\r\t";
      const char c = Peek();
      const char *found = c == '\0' ? nullptr : std::strchr(kFrom, c);
      if (found) {
         text += kTo[found - kFrom];
         ++fAt;
         return;
      }
      if (c != 'u')
         Fail("an unknown escape in a text");
      ++fAt;
      unsigned code = Hex();
      if (code >= 0xD800 && code < 0xDC00 && fText.compare(fAt, 2, "\\u") == 0) {
         fAt += 2;
         const unsigned low = Hex();
         if (low < 0xDC00 || low > 0xDFFF)
            Fail("half of a surrogate pair in a text");
         code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
      } else if (code >= 0xD800 && code < 0xE000) {
         Fail("half of a surrogate pair in a text");
      }
      AppendUtf8(text, code);
   }

   unsigned Hex()
   {
      unsigned code = 0;
      for (int i = 0; i < 4; ++i, ++fAt) {
         const char c = Peek();
         const char *const digits = "0123456789abcdef";
         const char *found = c == '\0' ? nullptr : std::strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);
         if (!found)
            Fail("an escape of four hexadecimal digits is expected");
         code = 16 * code + static_cast<unsigned>(found - digits);
      }
      return code;
   }

   void Digits()
   {
      if (!IsDigit(Peek()))
         Fail("a digit is expected");
      while (IsDigit(Peek()))
         ++fAt;
   }

   std::string Number()
   {
      const auto begin = fAt;
      fAt += Peek() == '-';
      if (Peek() == '0')
         ++fAt;
      else
         Digits();
      if (Peek() == '.') {
         ++fAt;
         Digits();
      }
      if (Peek() == 'e' || Peek() == 'E') {
         ++fAt;
         fAt += Peek() == '+' || Peek() == '-';
         Digits();
      }
      return fText.substr(begin, fAt - begin);
   }

   JsonValue::EKind Word()
   {
      using EKind = JsonValue::EKind;
      for (const auto &word : {std::make_pair("null", EKind::kNull), std::make_pair("true", EKind::kBool),
                               std::make_pair("false", EKind::kBool)}) {
         if (fText.compare(fAt, std::strlen(word.first), word.first) == 0) {
            fAt += std::strlen(word.first);
            return word.second;
         }
      }
      Fail(fAt < fText.size() ? "a value is expected" : "it ends too early");
   }

   const std::string &fText;
   std::size_t fAt = 0;
};

JsonValue JsonValue::Parse(const std::string &text)
{
   return JsonParser(text).Document();
}

void JsonValue::Refuse(const std::string &problem) const
{
   throw std::invalid_argument((fPath.empty() ? "" : fPath + ": ") + problem);
}

void JsonValue::Expect(EKind kind) const
{
   if (fKind != kind)
      Refuse(std::string(kKindNames[static_cast<int>(kind)]) + " is expected, not " +
             kKindNames[static_cast<int>(fKind)]);
}

const std::string &JsonValue::String() const
{
   Expect(EKind::kString);
   return fText;
}

const std::string &JsonValue::Number() const
{
   Expect(EKind::kNumber);
   return fText;
}

long long JsonValue::Integer() const
{
   Expect(EKind::kNumber);
   errno = 0;
   char *end = nullptr;
   const auto value = std::strtoll(fText.c_str(), &end, 10);
   if (errno != 0 || *end != '\0')
      Refuse("an integer is expected, not " + fText.substr(0, 40));
   return value;
}

double JsonValue::Finite() const
{
   const auto value = std::strtod(Number().c_str(), nullptr);
   if (!std::isfinite(value))
      Refuse("a finite number is expected, not " + fText.substr(0, 40));
   return value;
}

const std::vector<JsonValue> &JsonValue::Items() const
{
   Expect(EKind::kArray);
   return fItems;
}

const std::vector<std::pair<std::string, JsonValue>> &JsonValue::Members() const
{
   Expect(EKind::kObject);
   return fMembers;
}

const JsonValue *JsonValue::Find(const std::string &key) const
{
   for (const auto &member : Members()) {
      if (member.first == key)
         return &member.second;
   }
   return nullptr;
}

const JsonValue &JsonValue::At(const std::string &key) const
{
   const auto *value = Find(key);
   if (!value)
      Refuse("'" + key + "' is missing");
   return *value;
}

} // namespace Internal
} // namespace GradCut
