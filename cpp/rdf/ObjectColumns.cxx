#include <gradcut/rdf/ElementDispatch.hxx>
#include <gradcut/rdf/ObjectColumns.hxx>

#include <ROOT/RVec.hxx>

#include <cstddef>

namespace GradCut {
namespace {

template <class Real, class T>
void DefineVector(ROOT::RDF::RNode &node, const std::string &name, const std::string &column, double offset)
{
   const auto convert = [offset](const ROOT::RVec<T> &values) {
      ROOT::RVec<Real> result(values.size());
      for (std::size_t i = 0; i < values.size(); ++i)
         result[i] = static_cast<Real>(static_cast<double>(values[i]) - offset);
      return result;
   };
   node = node.Define(name, convert, {column});
}

template <class Real, class T>
void DefineNumber(ROOT::RDF::RNode &node, const std::string &name, const std::string &column, double offset)
{
   const auto convert = [offset](const T &value) {
      return ROOT::RVec<Real>(1, static_cast<Real>(static_cast<double>(value) - offset));
   };
   node = node.Define(name, convert, {column});
}

} // namespace

template <class Real>
std::string DefineAsVector(ROOT::RDF::RNode &node, const std::string &column, double offset)
{
   const auto name = FreshColumnName(column);
   const auto type = GetColumnType(node, column);
   Internal::DispatchElement(type.fElement, [&](auto tag) {
      using T = typename decltype(tag)::Type;
      type.fIsVector ? DefineVector<Real, T>(node, name, column, offset)
                     : DefineNumber<Real, T>(node, name, column, offset);
   });
   return name;
}

template std::string DefineAsVector<float>(ROOT::RDF::RNode &, const std::string &, double);
template std::string DefineAsVector<double>(ROOT::RDF::RNode &, const std::string &, double);

} // namespace GradCut
