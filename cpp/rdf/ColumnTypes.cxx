#include <gradcut/rdf/ColumnTypes.hxx>
#include <gradcut/rdf/ElementDispatch.hxx>

#include <ROOT/RVec.hxx>

#include <atomic>
#include <stdexcept>
#include <unordered_map>

namespace GradCut {
namespace {

const std::unordered_map<std::string, EElement> kElements{{"bool", EElement::kBool},
                                                          {"Bool_t", EElement::kBool},
                                                          {"char", EElement::kChar},
                                                          {"Char_t", EElement::kChar},
                                                          {"signed char", EElement::kSChar},
                                                          {"std::int8_t", EElement::kSChar},
                                                          {"int8_t", EElement::kSChar},
                                                          {"unsigned char", EElement::kUChar},
                                                          {"UChar_t", EElement::kUChar},
                                                          {"std::uint8_t", EElement::kUChar},
                                                          {"uint8_t", EElement::kUChar},
                                                          {"short", EElement::kShort},
                                                          {"Short_t", EElement::kShort},
                                                          {"std::int16_t", EElement::kShort},
                                                          {"int16_t", EElement::kShort},
                                                          {"unsigned short", EElement::kUShort},
                                                          {"UShort_t", EElement::kUShort},
                                                          {"std::uint16_t", EElement::kUShort},
                                                          {"uint16_t", EElement::kUShort},
                                                          {"int", EElement::kInt},
                                                          {"Int_t", EElement::kInt},
                                                          {"std::int32_t", EElement::kInt},
                                                          {"int32_t", EElement::kInt},
                                                          {"unsigned int", EElement::kUInt},
                                                          {"unsigned", EElement::kUInt},
                                                          {"UInt_t", EElement::kUInt},
                                                          {"std::uint32_t", EElement::kUInt},
                                                          {"uint32_t", EElement::kUInt},
                                                          {"long", EElement::kLong},
                                                          {"Long_t", EElement::kLong},
                                                          {"std::int64_t", EElement::kLong},
                                                          {"int64_t", EElement::kLong},
                                                          {"unsigned long", EElement::kULong},
                                                          {"ULong_t", EElement::kULong},
                                                          {"std::uint64_t", EElement::kULong},
                                                          {"uint64_t", EElement::kULong},
                                                          {"std::size_t", EElement::kULong},
                                                          {"size_t", EElement::kULong},
                                                          {"long long", EElement::kLong64},
                                                          {"Long64_t", EElement::kLong64},
                                                          {"unsigned long long", EElement::kULong64},
                                                          {"ULong64_t", EElement::kULong64},
                                                          {"float", EElement::kFloat},
                                                          {"Float_t", EElement::kFloat},
                                                          {"Float16_t", EElement::kFloat},
                                                          {"double", EElement::kDouble},
                                                          {"Double_t", EElement::kDouble},
                                                          {"Double32_t", EElement::kDouble}};

template <class Result, class T>
void DefineCast(ROOT::RDF::RNode &node, const std::string &name, const std::string &column, double offset)
{
   if (offset == 0.)
      node = node.Define(name, [](const T &x) { return static_cast<Result>(x); }, {column});
   else
      node = node.Define(name, [offset](const T &x) { return static_cast<Result>(static_cast<double>(x) - offset); },
                         {column});
}

template <class Result>
std::string DefineAs(ROOT::RDF::RNode &node, const std::string &column, double offset)
{
   const auto name = FreshColumnName(column);
   const auto type = GetScalarType(node, column);
   Internal::DispatchElement(
      type.fElement, [&](auto tag) { DefineCast<Result, typename decltype(tag)::Type>(node, name, column, offset); });
   return name;
}

} // namespace

ColumnType ParseColumnType(const std::string &name)
{
   ColumnType type;
   type.fName = name;
   std::string element = name;
   for (const std::string prefix : {"ROOT::VecOps::RVec<", "ROOT::RVec<"}) {
      if (name.compare(0, prefix.size(), prefix) == 0 && name.back() == '>') {
         type.fIsVector = true;
         element = name.substr(prefix.size(), name.size() - prefix.size() - 1);
      }
   }
   const auto found = kElements.find(element);
   type.fElement = found == kElements.end() ? EElement::kOther : found->second;
   return type;
}

ColumnType GetColumnType(ROOT::RDF::RNode &node, const std::string &column)
{
   if (!node.HasColumn(column))
      throw std::invalid_argument("unknown column '" + column + "'");
   return ParseColumnType(node.GetColumnType(column));
}

ColumnType GetScalarType(ROOT::RDF::RNode &node, const std::string &column)
{
   const auto type = GetColumnType(node, column);
   if (!type.IsScalar())
      throw std::invalid_argument("column '" + column + "' is of type " + type.fName +
                                  ", but one number per event is needed: Define one from it (an element, a count, "
                                  "a sum, ...)");
   return type;
}

std::string DefineAsFloat(ROOT::RDF::RNode &node, const std::string &column, double offset)
{
   return DefineAs<float>(node, column, offset);
}

std::string DefineAsDouble(ROOT::RDF::RNode &node, const std::string &column)
{
   return DefineAs<double>(node, column, 0.);
}

std::string DefineOne(ROOT::RDF::RNode &node)
{
   const auto name = FreshColumnName("one");
   node = node.Define(name, [] { return 1.f; });
   return name;
}

std::string FreshColumnName(const std::string &purpose)
{
   static std::atomic<unsigned long> counter{0};
   std::string name = "_gradcut_" + std::to_string(counter++) + "_" + purpose;
   for (char &c : name) {
      const bool isAllowed = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
      if (!isAllowed)
         c = '_'; // RDataFrame takes C++ identifiers only, the name of a branch may have dots
   }
   return name;
}

} // namespace GradCut
