/// \file Json.hxx
/// \brief A strict reader of JSON, for gradcut's own files. Internal to the ROOT library.
///
/// ROOT has nlohmann/json inside, but not every ROOT installs its header; one that another build lacks cannot be part
/// of a library that must compile against the ROOT of the user.
#ifndef GRADCUT_CPP_RDF_JSON_HXX
#define GRADCUT_CPP_RDF_JSON_HXX

#include <string>
#include <utility>
#include <vector>

namespace GradCut {
namespace Internal {

/// A value of JSON. Accessors throw std::invalid_argument and say where in the document the value stands.
class JsonValue {
public:
   enum class EKind { kNull, kBool, kNumber, kString, kArray, kObject };

   /// \brief Parse a document: RFC 8259, and keys of an object must differ.
   /// \throws std::invalid_argument naming the line
   static JsonValue Parse(const std::string &text);

   EKind GetKind() const { return fKind; }
   /// Its path in the document, such as `content.filters[2]`.
   const std::string &GetPath() const { return fPath; }

   const std::string &String() const;
   /// A number as it is written.
   const std::string &Number() const;
   long long Integer() const;
   /// A number that is finite.
   double Finite() const;
   const std::vector<JsonValue> &Items() const;
   const std::vector<std::pair<std::string, JsonValue>> &Members() const;
   /// The value of a key, or nullptr.
   const JsonValue *Find(const std::string &key) const;
   /// The value of a key that must be there.
   const JsonValue &At(const std::string &key) const;

   [[noreturn]] void Refuse(const std::string &problem) const;

private:
   friend class JsonParser;
   void Expect(EKind kind) const;

   EKind fKind = EKind::kNull;
   std::string fText; ///< of a string or number
   std::vector<JsonValue> fItems;
   std::vector<std::pair<std::string, JsonValue>> fMembers;
   std::string fPath;
};

} // namespace Internal
} // namespace GradCut

#endif
